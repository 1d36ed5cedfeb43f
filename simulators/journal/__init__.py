"""The append-only record of one run: every exchange, every physical fact, every step of the run."""
