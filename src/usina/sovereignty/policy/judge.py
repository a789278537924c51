"""The judge: may this principal do this to these resources, in these circumstances.

Cedar decides; this module only asks. A decision is a pure function of the policies, the principal, the action, the
resources and the circumstances, so it is remembered under what of those some policy can look at, in a bounded memory
that is emptied when the policies change. Whatever goes wrong while deciding is a denial.
"""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import cedarpy

from usina.core.clock import utc
from usina.core.ports import Site
from usina.sovereignty.policy.compiled import Compiled
from usina.sovereignty.policy.schema import EntityError, entities_json, schema_json, uid
from usina.sovereignty.policy.source import PolicyFileError, fingerprint, read_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.core.operation import Operation, Principal, Resource

_MEMORY: Final = 8_192  # decisions remembered at most
_MINUTE_SECONDS: Final = 60
_log = logging.getLogger("usina.policy")


@dataclass(frozen=True, slots=True)
class Decision:
    """What policy says. `policy_ids` are the policies that decided (none: nothing permits it)."""

    allowed: bool
    policy_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """What an operator should know of the policies. `problem` is empty where the files are the policies in force."""

    digest: str  # SHA-256 over names and bytes of the files in force
    policy_count: int
    files: tuple[str, ...]
    loaded_at: float  # epoch seconds
    problem: str = ""
    problem_at: float = 0.0  # epoch seconds; 0 where there is none


def _denied(reason: str, *policy_ids: str) -> Decision:
    return Decision(allowed=False, policy_ids=policy_ids, reason=reason)


NOTHING_PERMITS: Final = _denied("no policy permits it")


class Policy:
    """Decides requests by the policies of one folder. Made by `load`."""

    def __init__(self, folder: Path, schema: cedarpy.Schema, clock: Clock, site: Site) -> None:
        self._folder = folder
        self._schema = schema
        self._clock = clock
        self._site = site
        self._fingerprint = fingerprint(folder)
        self._compiled = Compiled(read_folder(folder, schema))
        # Decisions by what went into them, in two halves: one that fills and the one filled before it. An entry found
        # in the old half moves to the young one, so that what is asked stays, at the price of one lookup.
        self._young: dict[object, Decision] = {}
        self._old: dict[object, Decision] = {}
        self._status = self._new_status()

    @classmethod
    def load(
        cls,
        folder: Path,
        operations: Mapping[tuple[str, str], Operation],
        clock: Clock,
        site: Site | None = None,
    ) -> Policy:
        """Read the folder's policies and check them against the schema of these operations.

        Raises:
            PolicyFileError: a file is wrong. At start there is no older set to keep, so there is no start.
        """
        schema = cedarpy.Schema.from_json_str(schema_json(operations.values()))
        return cls(folder, schema, clock, site or Site())

    @property
    def status(self) -> PolicyStatus:
        """The policies in force, and what is wrong with the files if anything is."""
        return self._status

    @property
    def texts(self) -> dict[str, str]:
        """The files in force, as they were read."""
        source = self._compiled.source
        return dict(zip(source.files, source.texts, strict=True))

    @property
    def schema(self) -> str:
        """The schema in Cedar's own syntax, as an author of policies reads it."""
        return str(self._schema)

    def reload(self) -> bool:
        """Read the files again if they changed; True where a new set came into force.

        Cheap (a `stat` for each file) where nothing changed. A broken file keeps the whole old set in force, is said
        once in the log and stays in `status` until it is mended.
        """
        seen = fingerprint(self._folder)
        if seen == self._fingerprint:
            return False
        self._fingerprint = seen
        try:
            source = read_folder(self._folder, self._schema)
        except PolicyFileError as error:
            self._status = replace(self._status, problem=str(error), problem_at=self._clock.now())
            _log.error("policies were not reloaded, the older set stays in force: %s", error)
            return False
        changed = source.digest != self._status.digest
        if changed:
            self._compiled = Compiled(source)
            self._young, self._old = {}, {}
            _log.info("policies in force: %d, digest %s", len(source.statements), source.digest)
        elif self._status.problem:
            _log.info("the policy files are right again; the policies in force are as they were")
        self._status = self._new_status()
        return changed

    def _new_status(self) -> PolicyStatus:
        source = self._compiled.source
        return PolicyStatus(source.digest, len(source.statements), source.files, self._clock.now())

    def decide(
        self,
        principal: Principal,
        operation: Operation,
        resources: Sequence[Resource],
        context: Mapping[str, str | bool | int],
    ) -> Decision:
        """Judge one call. It is allowed only if it is allowed on every resource, and there is at least one.

        `context` may give `secure`, `peer`, `method`; region, site and time are the judge's own.
        """
        minute = int(self._clock.now()) // _MINUTE_SECONDS
        shown = self._compiled.context
        circumstances = tuple([(name, context.get(name)) for name in ("secure", "peer", "method") if name in shown])
        key: object = (
            principal,
            operation.id,
            tuple([self._seen(item) for item in resources]),
            circumstances,
            minute if "now" in shown or "weekday" in shown else 0,
        )
        try:
            known = self._young.get(key)
        except TypeError:  # a handler gave a list as an attribute: decided each time
            return self._judge_all(principal, operation, resources, dict(circumstances), minute)
        if known is not None:
            return known
        known = self._old.get(key)
        if known is None:
            known = self._judge_all(principal, operation, resources, dict(circumstances), minute)
        if len(self._young) >= _MEMORY // 2:
            self._old, self._young = self._young, {}
        self._young[key] = known
        return known

    def _seen(self, item: Resource) -> tuple[object, ...]:
        """What policies can tell of a resource: objects are many, and seldom does one of them name an object."""
        if self._compiled.tells_apart(item.type):
            return (item.type, item.id, item.account, *item.attributes.items())
        # The account's own entity has its account for an id.
        account = item.account or (item.id if item.type == "Account" else "")
        return (item.type, account, *item.attributes.items())

    def _judge_all(
        self,
        principal: Principal,
        operation: Operation,
        resources: Sequence[Resource],
        given: Mapping[str, str | bool | int | None],
        minute: int,
    ) -> Decision:
        """Judge every resource; the first denial ends it."""
        if not resources:
            return _denied("the operation names nothing it touches")
        permitted: dict[str, None] = {}
        try:
            circumstances = self._circumstances(given, minute)
            for resource in resources:
                decision = self._judge(principal, operation, resource, circumstances)
                if not decision.allowed:
                    return decision
                permitted.update(dict.fromkeys(decision.policy_ids))
        except EntityError as error:
            return _denied(str(error))
        except (ValueError, KeyError, TypeError) as error:
            _log.error("a request could not be shown to policy and was denied: %s", error)
            return _denied("the request could not be judged")
        return Decision(allowed=True, policy_ids=tuple(permitted), reason="permitted")

    def _judge(
        self, principal: Principal, operation: Operation, resource: Resource, circumstances: Mapping[str, object]
    ) -> Decision:
        """Ask Cedar about one resource."""
        entities = entities_json(principal, operation, resource)
        policies = self._compiled.slice(principal, operation, resource.type)
        if policies is None:
            return NOTHING_PERMITS
        request = {
            "principal": uid("User", principal.arn),
            "action": uid("Action", operation.id),
            "resource": uid(resource.type, resource.id),
            "context": circumstances,
        }
        result = cedarpy.is_authorized(request, policies, entities)
        said = result.diagnostics
        if said.errors:
            # Cedar leaves a policy that fails out of the decision; were it a forbid, that would open a door.
            _log.error("a policy failed on %s and the request was denied: %s", operation.id, said.errors[0])
            return _denied("a policy could not be evaluated")
        ids = tuple(sorted(said.id_annotations_by_reason.values()))
        if result.allowed:
            return Decision(allowed=True, policy_ids=ids, reason="permitted")
        return _denied("a policy forbids it", *ids) if ids else NOTHING_PERMITS

    def _circumstances(self, given: Mapping[str, str | bool | int | None], minute: int) -> dict[str, Any]:
        """The context as Cedar JSON, of what the policies in force read."""
        shown = self._compiled.context
        moment = utc(minute * _MINUTE_SECONDS)
        made: dict[str, Any] = {
            "secure": given.get("secure") is True,
            "method": str(given.get("method") or ""),
            "region": self._site.region,
            "site": self._site.name,
            "now": {"__extn": {"fn": "datetime", "arg": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}},
            "weekday": moment.isoweekday(),
        }
        try:
            peer = ipaddress.ip_address(str(given.get("peer", "")))
        except ValueError:
            pass  # a peer without an IP address has none in the context
        else:
            made["peer"] = {"__extn": {"fn": "ip", "arg": str(peer).partition("%")[0]}}
        return {name: value for name, value in made.items() if name in shown}
