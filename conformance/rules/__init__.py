"""Rules: each judges one requirement over the records of a journal, one record at a time, and touches nothing else."""
