"""The ledger: every requirement of every document by id."""
