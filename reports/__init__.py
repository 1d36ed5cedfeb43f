"""Tells people and machines what a run came to."""
