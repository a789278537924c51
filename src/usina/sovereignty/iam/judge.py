"""The site's policies and the accounts' own, joined into one judgement.

- A `forbid` of the site wins over everything, judged with the roles that the principal really has.
- An explicit Deny of the account's policies wins over every permit.
- What the site permits by itself is permitted.
- What the account's policies (or, for AssumeRole, the role's trust policy) allow is permitted as far as the account's
  own administrator could go: the site is asked again for the principal in the role `tenant-administrator`. So an
  account can hand out what is its own, and the use of what the site shares; never the site.
- A thing's own policy (a bucket's) counts as one of the account's: its Deny binds, and its Allow is a permission for
  whom it names; what it allows to the whole account is left to its users' policies.
- Who has the site role of an administrator is not bound by the account's policies, as AWS's root user is not: nobody
  locks an account's administrators out, and they could change these policies anyway.
- A role that is the account's own is only taken by whom its trust policy names, administrators of the site included.

A principal of whom its account has said nothing is judged by the site's policies alone, as if this were not here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from usina.sovereignty.iam.actions import actions_of, names_of
from usina.sovereignty.iam.circumstances import Asked
from usina.sovereignty.iam.document import PolicyDocumentError
from usina.sovereignty.iam.facts import caller_names, condition_keys, role_keys
from usina.sovereignty.iam.translate import SILENT, PolicySet, Verdict
from usina.sovereignty.policy import Decision
from usina.sovereignty.policy.judge import NOTHING_PERMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.operation import Operation, Principal, Resource
    from usina.core.ports import Site
    from usina.sovereignty.iam.book import Book, Bound
    from usina.sovereignty.policy import PolicyStatus

CEILING: Final = "tenant-administrator"
_UNBOUND: Final = frozenset({"administrator", CEILING})
ASSUME: Final = "sts:AssumeRole"
_ASSUMING: Final = frozenset({ASSUME, "sts:AssumeRoleWithWebIdentity"})
OWN_ROLE: Final = "IamRole"
SITE_ROLE: Final = "Role"
ACCOUNT_DENIES: Final = "a policy of the account denies it"
BEYOND: Final = "it is not the account's to allow"
_WITH_POLICY: Final = frozenset({"Bucket", "Object", "KmsKey"})
_MEMORY: Final = 8_192
_MINUTE_SECONDS: Final = 60


def _denied(reason: str, ids: tuple[str, ...] = ()) -> Decision:
    return Decision(allowed=False, policy_ids=ids, reason=reason)


class SitePolicy(Protocol):
    """The site's own policies, as `Policy` has them."""

    @property
    def status(self) -> PolicyStatus:
        """Which are in force."""
        ...

    def decide(
        self,
        principal: Principal,
        operation: Operation,
        resources: Sequence[Resource],
        context: Mapping[str, str | bool | int],
    ) -> Decision:
        """Judge one call."""
        ...


class Judge:
    """Decides in the place of `Policy`, which it asks."""

    def __init__(
        self,
        policy: SitePolicy,
        book: Book,
        clock: Clock,
        site: Site,
        document: Callable[[Resource], str] | None = None,
    ) -> None:
        """`document`: the policy that a thing has of its own, as JSON; "" where it has none."""
        self._document = document or _no_document
        self._policy = policy
        self._book = book
        self._clock = clock
        self._site = site
        self._known: dict[object, Decision] = {}

    def decide(
        self,
        principal: Principal,
        operation: Operation,
        resources: Sequence[Resource],
        context: Mapping[str, str | bool | int],
    ) -> Decision:
        """Judge one call, as `Policy.decide` does."""
        bound = self.bound(principal)
        own = [self._document(item) for item in resources if item.type in _WITH_POLICY]
        if bound is None and operation.id not in _ASSUMING and not any(own):
            return self._policy.decide(principal, operation, resources, context)
        key: object = (
            principal,
            operation.id,
            tuple([(item.type, item.id, item.account, *item.attributes.items()) for item in resources]),
            tuple(context.items()),
            int(self._clock.now()) // _MINUTE_SECONDS,
            self._policy.status.digest,
            self._book.version,
            *own,
        )
        try:
            known = self._known.get(key)
        except TypeError:  # a handler gave a list as an attribute: decided each time
            return self._decide(principal, bound, operation, resources, context)
        if known is None:
            known = self._decide(principal, bound, operation, resources, context)
            if len(self._known) >= _MEMORY:
                self._known.clear()
            self._known[key] = known
        return known

    def bound(self, principal: Principal) -> Bound | None:
        """The account's user or role by whose policies a principal is bound."""
        found = self._book.bound(principal)
        return None if found is None or not _UNBOUND.isdisjoint(principal.roles) else found

    def _decide(
        self,
        principal: Principal,
        bound: Bound | None,
        operation: Operation,
        resources: Sequence[Resource],
        context: Mapping[str, str | bool | int],
    ) -> Decision:
        if not resources:
            return _denied("the operation names nothing it touches")
        ids: dict[str, None] = {}
        for position, resource in enumerate(resources):
            actions = actions_of(operation.id, position)
            decision = self._one(principal, bound, operation, actions, resource, context)
            if not decision.allowed:
                return decision
            ids.update(dict.fromkeys(decision.policy_ids))
        return Decision(allowed=True, policy_ids=tuple(ids), reason="permitted")

    def _one(  # noqa: PLR0917 - all that a decision is made of
        self,
        principal: Principal,
        bound: Bound | None,
        operation: Operation,
        actions: tuple[str, ...],
        resource: Resource,
        context: Mapping[str, str | bool | int],
    ) -> Decision:
        """Judge one resource."""
        keys = condition_keys(principal, context, self._site, self._clock.now(), bound=bound, resource=resource)
        names = names_of(resource, self._site.region)
        verdict = SILENT
        if bound is not None:
            verdict = together([bound.policies.ask(Asked(action, names, keys)) for action in actions])
        if operation.id in _ASSUMING and resource.type == OWN_ROLE:
            verdict = together_with_trust(verdict, *self._trust(principal, bound, operation.id, resource, keys))
        else:
            verdict = self.completed(verdict, principal, actions, resource, keys)
        return self.weigh(principal, operation, resource, context, verdict)

    def completed(
        self,
        verdict: Verdict,
        principal: Principal,
        actions: tuple[str, ...],
        resource: Resource,
        keys: Mapping[str, str | bool | int],
    ) -> Verdict:
        """What a principal's policies say, completed by what follows from the thing itself."""
        bound = self.bound(principal)
        if (
            resource.type == SITE_ROLE
            and actions[0].lower() == ASSUME.lower()
            and bound is not None
            and not verdict.allowed
        ):
            # A session of a site role is not bound by the policies of its user: these must allow it to be taken.
            return replace(verdict, denied=True)
        if resource.type in _WITH_POLICY and _UNBOUND.isdisjoint(principal.roles):
            return either(
                verdict, *self._thing_says(caller_names(principal, bound), principal, actions, resource, keys)
            )
        return verdict

    def _thing_says(
        self,
        names: frozenset[str],
        principal: Principal,
        actions: tuple[str, ...],
        resource: Resource,
        keys: Mapping[str, str | bool | int],
    ) -> tuple[Verdict, bool]:
        """What a thing's own policy says, and whether it allows it to this principal by a name of its own."""
        text = self._document(resource)
        if not text:
            return SILENT, False
        try:
            policies = _own_policies(text, resource.id)
        except PolicyDocumentError:
            return Verdict(allowed=False, denied=True), False
        asked = Asked("", names_of(resource, self._site.region), keys, names | {f"account:{principal.account}"})
        said = together([policies.ask(replace(asked, action=action)) for action in actions])
        direct = [policies.ask(replace(asked, action=action, callers=names)).allowed for action in actions]
        return said, said.allowed and all(direct)

    def weigh(
        self,
        principal: Principal,
        operation: Operation,
        resource: Resource,
        context: Mapping[str, str | bool | int],
        verdict: Verdict,
    ) -> Decision:
        """Join what the account says with what the site says."""
        site = self._policy.decide(principal, operation, (resource,), context)
        if not site.allowed and site.reason != NOTHING_PERMITS.reason:
            return site
        if verdict.denied:
            return _denied(ACCOUNT_DENIES, verdict.policy_ids)
        if site.allowed:
            return replace(site, policy_ids=(*site.policy_ids, *verdict.policy_ids))
        if not verdict.allowed:
            return NOTHING_PERMITS
        raised = replace(principal, roles=(*principal.roles, CEILING))
        ceiling = self._policy.decide(raised, operation, (resource,), context)
        if not ceiling.allowed:
            return _denied(BEYOND)
        return replace(ceiling, policy_ids=(*ceiling.policy_ids, *verdict.policy_ids))

    def _trust(
        self,
        principal: Principal,
        bound: Bound | None,
        action: str,
        resource: Resource,
        keys: Mapping[str, str | bool | int],
    ) -> tuple[Verdict, bool]:
        """What a role's trust policy says of a principal, and whether it names it itself (not its whole account).

        A name of its own needs no further permission inside the account; trust in the account leaves it to policies.
        """
        role = self._book.role(resource.account, resource.id.rpartition("/")[2])
        if role is None or role.trust is None or role.arn != resource.id:
            return SILENT, False
        names = caller_names(principal, bound)
        more = {**keys, **role_keys(resource)}
        account = frozenset() if principal.web is not None else frozenset({f"account:{principal.account}"})
        asked = Asked(action, (resource.id,), more, names | account)
        trust = role.trust.ask(asked)
        named = trust.allowed and role.trust.ask(replace(asked, callers=names)).allowed
        return trust, named


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Several verdicts that must all allow."""
    ids = tuple(dict.fromkeys(each for verdict in verdicts for each in verdict.policy_ids))
    denied = any(verdict.denied for verdict in verdicts)
    return Verdict(all(verdict.allowed for verdict in verdicts) and not denied, denied, ids)


def _no_document(_resource: Resource) -> str:
    return ""


@lru_cache(1_024)
def _own_policies(text: str, name: str) -> PolicySet:
    return PolicySet([(name, text)], "resource")


def either(verdict: Verdict, own: Verdict, named: bool) -> Verdict:
    """A principal's policies and a thing's own: either allows, either denies."""
    denied = verdict.denied or own.denied
    ids = (*verdict.policy_ids, *(own.policy_ids if own.denied or named else ()))
    return Verdict((verdict.allowed or named) and not denied, denied, ids)


def together_with_trust(verdict: Verdict, trust: Verdict, named: bool) -> Verdict:
    """A role is taken only where its trust policy allows it; being named by it is a permission by itself."""
    ids = (*verdict.policy_ids, *trust.policy_ids)
    if verdict.denied or not trust.allowed:
        return Verdict(allowed=False, denied=True, policy_ids=ids)
    return Verdict(verdict.allowed or named, denied=False, policy_ids=ids)
