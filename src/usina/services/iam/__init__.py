"""AWS Identity and Access Management: an account's own users, roles, policies and access keys.

Everything is of the caller's account. What the rows look like is in `sovereignty/iam/rows.py`; what they mean is
decided by the one policy engine, and is in force when the call that wrote them returns.
"""
