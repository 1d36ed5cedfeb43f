"""What the documents demand, and the judging of it: ledger, rules, verdicts, scenarios."""
