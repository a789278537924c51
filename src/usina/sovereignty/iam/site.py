"""The `Iam` port: what handlers may ask of the accounts' users, roles and policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from usina.core.errors import AccessDeniedError, UnknownOperationError, ValidationError
from usina.core.iam import Simulated
from usina.core.operation import Access, Operation, Resource
from usina.sovereignty.iam.actions import operation_of, thing_of
from usina.sovereignty.iam.circumstances import KEYS, NUMBERS, Asked
from usina.sovereignty.iam.conditions import epoch
from usina.sovereignty.iam.facts import condition_keys, service_keys
from usina.sovereignty.iam.judge import ASSUME, BEYOND, OWN_ROLE
from usina.sovereignty.iam.translate import PolicySet, translate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from usina.core.clock import Clock
    from usina.core.iam import RoleFacts
    from usina.core.operation import Call, Principal
    from usina.core.ports import Ports, Site
    from usina.sovereignty.iam.book import Book
    from usina.sovereignty.iam.document import DocumentKind
    from usina.sovereignty.iam.judge import Judge

_PASS: Final = "iam:PassRole"  # noqa: S105 - the name of an action
# The request itself was judged in its true circumstances; what follows from it is judged as coming from inside.
_INSIDE: Final[Mapping[str, str | bool | int]] = {"secure": True}

_NONE: Final = PolicySet([], "identity")


def _nothing(_call: Call[Any], _ports: Ports) -> tuple[Resource, ...]:
    return ()


async def _refuse(_call: Call[Any], _ports: Ports) -> Mapping[str, Any]:
    raise UnknownOperationError("This action is judged as a part of others; it cannot be called.")


class SiteIam:
    """Over the book and the judge of one front door."""

    def __init__(
        self, book: Book, judge: Judge, operations: Mapping[tuple[str, str], Operation], clock: Clock, site: Site
    ) -> None:
        self._book = book
        self._judge = judge
        self._operations = operations
        self._clock = clock
        self._site = site

    def role(self, account: str, name: str) -> RoleFacts | None:
        """An account's own role by name; None where it has none (a site role may have that name)."""
        bound = self._book.role(account, name)
        return None if bound is None else bound.facts

    async def reload(self, account: str) -> None:
        """Put an account's rows in force."""
        await self._book.reload(account)

    def check(self, document: str, kind: DocumentKind) -> None:
        """Raises: ValidationError (MalformedPolicyDocument) with the element that is wrong or cannot be translated."""
        translate(document, kind)

    def pass_role(self, principal: Principal, role_arn: str, service: str) -> RoleFacts:
        """The role, where this principal may hand it to that service and it trusts the service."""
        name = role_arn.rpartition("/")[2]
        role = self._book.role(principal.account, name)
        resource = Resource(OWN_ROLE, role_arn, _account_of(role_arn))
        keys: dict[str, str | bool | int] = {"iam:passedtoservice": service}
        if not self._permits(principal, _PASS, resource, keys):
            raise AccessDeniedError(
                f"User: {principal.arn} is not authorized to perform: iam:PassRole on resource: {role_arn}"
            )
        if role is None or role.facts is None or role.trust is None or role.arn != role_arn:
            raise ValidationError(f"There is no role {role_arn}. Make it with iam CreateRole.")
        asked = Asked(
            ASSUME,
            (role_arn,),
            service_keys(principal.account, self._site, self._clock.now()),
            frozenset({f"service:{service}"}),
        )
        if not role.trust.ask(asked).allowed:
            raise ValidationError(
                f"Could not assume role {role_arn}. Ensure that the role exists and allows principal "
                f"'{service}' to assume the role."
            )
        return role.facts

    def simulate(
        self,
        principal: Principal,
        action: str,
        name: str,
        *,
        more: Sequence[str] = (),
        entries: Mapping[str, str] | None = None,
    ) -> Simulated:
        """What would be decided; see the port."""
        given = {key.lower(): _typed(key.lower(), value) for key, value in (entries or {}).items()}
        bound = self._judge.bound(principal)
        policies = _NONE if bound is None else bound.policies
        if more:
            sources = [] if bound is None else list(bound.sources)
            sources += [(f"PolicyInputList.{number}", text) for number, text in enumerate(more, 1)]
            policies = PolicySet(sources, "identity")
        operation, thing = self._reality(principal, action, name)
        context: dict[str, str | bool | int] = {"secure": given.get("aws:securetransport", True) is True}
        if "aws:sourceip" in given:
            context["peer"] = given["aws:sourceip"]
        keys = condition_keys(principal, context, self._site, self._clock.now(), bound=bound, resource=thing) | given
        verdict = policies.ask(Asked(action, (name,), keys))
        verdict = self._judge.completed(verdict, principal, (action,), thing, keys)
        decision = self._judge.weigh(principal, operation, thing, context, verdict)
        forbidden = not decision.allowed and not verdict.denied and bool(decision.policy_ids)
        explicit = not decision.allowed and bool(decision.policy_ids)
        return Simulated(
            allowed=decision.allowed,
            denied=explicit or verdict.denied,
            site_allows=not forbidden and decision.reason != BEYOND,
            policies=tuple(dict.fromkeys(each.partition("#")[0] for each in verdict.policy_ids)),
        )

    def _reality(self, principal: Principal, action: str, name: str) -> tuple[Operation, Resource]:
        """An operation of the action, and the thing of the ARN, as the site's own policies see them."""
        operation = operation_of(action, self._operations) or _unserved(action)
        if operation.service == "usina" and name == "*":
            return operation, Resource("Site", self._site.name)
        kind, _, rest = name.rpartition(":")[2].partition("/")
        if name.startswith("arn:aws:iam::") and kind == "role":
            role = self._book.role(principal.account, rest.rpartition("/")[2])
            account = _account_of(name)
            if operation.id == ASSUME and (role is None or role.arn != name):
                return operation, Resource("Role", rest, account)
            return operation, Resource(OWN_ROLE, name, account)
        return operation, thing_of(name, principal.account)

    def _permits(
        self, principal: Principal, action: str, resource: Resource, more: Mapping[str, str | bool | int]
    ) -> bool:
        bound = self._judge.bound(principal)
        keys = condition_keys(principal, _INSIDE, self._site, self._clock.now(), bound=bound, resource=resource)
        policies = _NONE if bound is None else bound.policies
        verdict = policies.ask(Asked(action, (resource.id,), {**keys, **more}))
        return self._judge.weigh(principal, _unserved(action), resource, _INSIDE, verdict).allowed


def _unserved(action: str) -> Operation:
    """An action that no operation here is: judged as a permission, the narrowest group."""
    service, _, name = action.partition(":")
    return Operation(service, name, Access.PERMISSIONS, _nothing, _refuse)


def _account_of(arn: str) -> str:
    fields = arn.split(":")
    return fields[4] if len(fields) > 5 else ""  # noqa: PLR2004 - fields of an ARN


def _typed(key: str, value: str) -> str | bool | int:
    """A context entry, given as text, as a request would have it."""
    if KEYS.get(key) in NUMBERS:
        return epoch(value, key)
    if value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value
