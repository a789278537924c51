"""The CloudTrail API, as far as the ledger answers it: what was done in an account, in CloudTrail's form."""
