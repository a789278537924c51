"""Batch inference: many records from the object store, asked of a model for a role while nobody else needs it.

loop.py     which jobs run; behind the port `Batches`
run.py      one job, from its validation to its manifest
input.py    the records of a job, streamed
results.py  what was answered so far: the file that outlives a killed factory
yielding.py the `Engines` port for those who give way
"""
