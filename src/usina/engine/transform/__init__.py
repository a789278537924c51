"""Batch transform: a model server is started, and every object under an address is sent through it.

`kind.py` stands in the queue of jobs; `run.py` takes one job from its server to its last object; `records.py` cuts
content into requests, `joining.py` selects and joins, `asking.py` asks. Memory does not grow with what is sent.
"""
