"""The process that hosts the simulated parties, the journal, and the control API over them."""
