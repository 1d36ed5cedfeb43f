"""The city at somebody's desk: its questions asked by hand, the pushes that come, and what is wrong with either."""
