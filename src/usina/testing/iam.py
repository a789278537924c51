"""The `Iam` port over rows in memory, below a site that leaves everything to the administrators of its accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.sovereignty.iam.book import Book
from usina.sovereignty.iam.judge import CEILING, Judge
from usina.sovereignty.iam.site import SiteIam
from usina.sovereignty.policy import Decision, PolicyStatus
from usina.sovereignty.policy.judge import NOTHING_PERMITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.operation import Operation, Principal, Resource
    from usina.core.ports import Records, Site


class LenientSite:
    """Permits administrators what is their account's or nobody's, forbids what is another's, says nothing else."""

    status = PolicyStatus("", 0, (), 0.0)

    def decide(
        self,
        principal: Principal,
        operation: Operation,  # noqa: ARG002 - as a policy is asked
        resources: Sequence[Resource],
        context: Mapping[str, str | bool | int],  # noqa: ARG002 - the same
    ) -> Decision:
        """Judge one call."""
        if any(resource.account not in {"", principal.account} for resource in resources):
            return Decision(allowed=False, policy_ids=("tenants.isolation",), reason="a policy forbids it")
        if {CEILING, "administrator"} & set(principal.roles):
            return Decision(allowed=True, policy_ids=("administrators",), reason="permitted")
        return NOTHING_PERMITS


def memory_iam(records: Records, clock: Clock, site: Site) -> SiteIam:
    """The port over these rows; what is in them already is known after a `reload`."""
    book = Book(records)
    return SiteIam(book, Judge(LenientSite(), book, clock, site), {}, clock, site)
