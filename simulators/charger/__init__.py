"""A charger that an operator's server starts and stops: what happens to it, whoever carries the word (``mind``)."""
