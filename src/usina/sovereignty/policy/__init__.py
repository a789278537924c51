"""Who may do what: every request is decided by written policy (Cedar), and denied where no policy permits it.

Policies are files in the site's home (`$USINA_HOME/policies/*.cedar`), read again when they change. `Policy.load` gives
the judge, `Policy.decide` its judgement, `Policy.status` what an operator should know of the files.
"""

from __future__ import annotations

from usina.sovereignty.policy.judge import Decision, Policy, PolicyStatus
from usina.sovereignty.policy.shipped import install_shipped
from usina.sovereignty.policy.source import PolicyFileError

__all__ = ["Decision", "Policy", "PolicyFileError", "PolicyStatus", "install_shipped"]
