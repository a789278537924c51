"""Our own operations: what the site's models, aliases, keys, engines and ledger are, for those who run it."""
