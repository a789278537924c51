"""What would be decided: SimulatePrincipalPolicy, by the same engine that decides requests, the site's own policies
included (they show as those of an organisation above the account).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import NotFoundError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Access, Principal, operation
from usina.services.iam.changing import found
from usina.services.iam.pages import page
from usina.services.iam.touching import simulated
from usina.sovereignty.iam.rows import IAM_ROLE, ROLE, USER
from usina.sovereignty.keyring_names import stable_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.iam import Simulated
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import iam_types as t

_MOST: Final = 1_000  # questions of one call
_NOT_HEEDED: Final = ("PermissionsBoundaryPolicyInputList", "ResourcePolicy", "PolicyExclusionList")


@operation("iam", "SimulatePrincipalPolicy", access=Access.READ, touches=simulated)
async def simulate_principal_policy(call: Call[t.SimulatePrincipalPolicyRequest], ports: Ports) -> Mapping[str, Any]:
    """Say of each action on each thing whether this user or role may do it."""
    asked = call.arguments
    for name in _NOT_HEEDED:
        if name in asked:
            raise ValidationError(f"{name} is not supported by this site; leave it out.", code="InvalidInput")
    principal = await _principal(call, ports)
    things = asked.get("ResourceArns") or ["*"]
    if len(asked["ActionNames"]) * len(things) > _MOST:
        raise ValidationError(f"At most {_MOST} actions times resources can be asked for.", code="InvalidInput")
    more, entries = asked.get("PolicyInputList", []), _entries(asked)
    results = []
    for number, (action, thing) in enumerate((action, thing) for action in asked["ActionNames"] for thing in things):
        _check_action(action)
        said = ports.iam.simulate(principal, action, thing, more=more, entries=entries)
        results.append((f"{number:06}", _result(action, thing, said)))
    shown, rest = page(results, lambda item: item[0], asked)
    return {"EvaluationResults": [result for _, result in shown], **rest}


def _result(action: str, thing: str, said: Simulated) -> dict[str, Any]:
    decision = "allowed" if said.allowed else "explicitDeny" if said.denied else "implicitDeny"
    return {
        "EvalActionName": action,
        "EvalResourceName": thing,
        "EvalDecision": decision,
        "MatchedStatements": [{"SourcePolicyId": name, "SourcePolicyType": "IAM Policy"} for name in said.policies],
        "MissingContextValues": [],
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": said.site_allows},
    }


def _check_action(action: str) -> None:
    service, colon, name = action.partition(":")
    if not (service and colon and name) or "*" in action or "?" in action:
        raise ValidationError(f"Invalid Entity Action: {action}", code="InvalidInput")


def _entries(asked: Mapping[str, Any]) -> dict[str, str]:
    entries: dict[str, str] = {}
    for entry in asked.get("ContextEntries", ()):
        values = entry.get("ContextKeyValues", [])
        if "ContextKeyName" not in entry or len(values) != 1:
            raise ValidationError("A context key has a name and one value here.", code="InvalidInput")
        entries[entry["ContextKeyName"]] = values[0]
    return entries


async def _principal(call: Call[Any], ports: Ports) -> Principal:
    """Whoever the ARN names: the caller, a user, a role (as a session of it would be)."""
    caller, asked = call.principal, call.arguments["PolicySourceArn"]
    if asked == caller.arn:
        return caller
    arn = Arn.parse(asked)
    kind, _, rest = ("", "", "") if arn is None else arn.resource.partition("/")
    name = rest.rpartition("/")[2]
    if arn is None or arn.account != caller.account or kind not in {"user", "role"}:
        raise NotFoundError(f"The entity {asked} cannot be found.")
    if kind == "user":
        row = await found(ports, USER, arn.account, name)
        return Principal(arn.account, asked, stable_id("AIDA", arn.account, name), row.name, (IAM_ROLE,), "")
    row = await found(ports, ROLE, arn.account, name)
    session = f"arn:aws:sts::{arn.account}:assumed-role/{name}/simulation"
    return Principal(arn.account, session, f"{row.body['id']}:simulation", "simulation", (IAM_ROLE,), "", session=True)
