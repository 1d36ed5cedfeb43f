"""What a message looks like: JSON Schema 2020-12, one file a message, a folder a protocol."""
