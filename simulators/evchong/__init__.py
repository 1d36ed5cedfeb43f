"""EVCHONG Web Service V1.2: what charge boxes say to an operator's server, and how it travels.

Nothing here does I/O: messages and readings are values, the codec turns them into bytes and back.
"""
