"""``chargeproof probe``: which readings a running server keeps to."""
