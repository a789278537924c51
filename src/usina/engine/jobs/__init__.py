"""Jobs that run to an end: SageMaker's container contract, with real processes.

`site.py` joins the parts; `loop.py` makes desired state so; `run.py` takes one job from its inputs to its artifacts.
"""
