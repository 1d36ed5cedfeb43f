"""The proof of the suite: mutants, lawful variants and liars, each under every scenario of its protocol."""
