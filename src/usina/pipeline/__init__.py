"""The way of a request: the stages in order (`run.py`), the proofs they hand on (`proofs.py`), one file a stage."""
