"""Servers that keep to EVCHONG and go wrong, lie, or are merely unusual towards the municipal platform."""
