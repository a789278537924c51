"""Proofs of who signed a request: pure functions from the request and a secret to yes or no. No I/O, no rows."""
