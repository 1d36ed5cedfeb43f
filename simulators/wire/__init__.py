"""How bytes travel: one client that keeps every byte, TLS with a throw-away authority, faults at TCP level."""
