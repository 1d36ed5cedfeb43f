"""``chargeproof probe``: which readings a running server keeps to. A room a protocol; ``asker`` is what they share."""
