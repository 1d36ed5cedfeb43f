"""The parties around a server: what they say, what they remember, and the world they live in."""
