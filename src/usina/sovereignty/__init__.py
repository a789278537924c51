"""Who may do what, and the proof of what was done: identity, policy, ledger."""
