"""Invocation logging: what accounts asked to keep of their requests to models, on its way to their bucket and log.

loop.py       a bounded queue, emptied in batches; behind the port `Invocations`
entries.py    an invocation as the document that Bedrock writes of it
delivery.py   into an account's log group and bucket
"""
