"""How users, roles and managed policies lie in the records; written by the iam service, read by the book.

One row holds all of one thing, so that a change of it is one durable write and who was first is decided by its version.

- `iam-role`, by name: path, id (AROA...), created_at, description, max_session_seconds, tags [{"Key", "Value"}], trust
  (JSON text), inline {name: JSON text}, attached [policy ARN]
- `iam-user`, by name: id (AIDA...), created_at, tags, inline, attached
- `iam-oidc-provider`, by URL without https://: client_ids, thumbprints, created_at, tags
- `iam-policy`, by name: path, id (ANPA...), created_at, updated_at, description, tags, default (version id), next
  (number of the next version), versions {"v1": {"document", "created_at"}}
"""

from __future__ import annotations

from typing import Final

ROLE: Final = "iam-role"
USER: Final = "iam-user"
POLICY: Final = "iam-policy"
OIDC_PROVIDER: Final = "iam-oidc-provider"

# The one role of keys and sessions that have no site role: what they may do is what their account's policies say.
IAM_ROLE: Final = "iam"


def role_arn(account: str, path: str, name: str) -> str:
    """ARN of a role; `path` begins and ends with a slash."""
    return f"arn:aws:iam::{account}:role{path}{name}"


def oidc_provider_arn(account: str, name: str) -> str:
    """ARN of a provider; `name` is its URL without https://."""
    return f"arn:aws:iam::{account}:oidc-provider/{name}"


def user_arn(account: str, name: str) -> str:
    """ARN of a user. Users have no path here: the ARN is what GetCallerIdentity says of their keys."""
    return f"arn:aws:iam::{account}:user/{name}"


def policy_arn(account: str, path: str, name: str) -> str:
    """ARN of a managed policy of an account."""
    return f"arn:aws:iam::{account}:policy{path}{name}"
