"""A job acts as its role: what the factory fetches and stores for it is judged as if the role had asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.engine.jobs.container import JobError
from usina.sovereignty.keyring_rows import role_principal

if TYPE_CHECKING:
    from usina.core.iam import Iam
    from usina.core.operation import Principal

_SESSION = "SageMaker"


class Acting:
    """One job's role, in a session of that name."""

    def __init__(self, iam: Iam, account: str, role_arn: str, session: str = _SESSION) -> None:
        self._iam = iam
        self._account = account
        self._role_arn = role_arn
        self._session = session

    def check(self, action: str, arn: str) -> None:
        """Raises: JobError where the role may not do that, or is gone."""
        principal = self.principal()
        if not self._iam.simulate(principal, action, arn).allowed:
            raise JobError(
                f"ClientError: AccessDenied: User: {principal.arn} is not authorized to perform: {action} on resource: "
                f"{arn}. Allow it in a policy of the job's role."
            )

    def principal(self) -> Principal:
        """Who asks. Raises: JobError where the role is gone."""
        role = self._iam.role(self._account, self._role_arn.rpartition("/")[2])
        if role is None:
            raise JobError(f"ClientError: The role {self._role_arn} is not there any more.")
        return role_principal(self._account, role.name, self._session, "", role.id)
