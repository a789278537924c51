"""Events: what was done and refused in the caller's account, newest first, as the ledger has it.

All acts are here, those on data included, which CloudTrail leaves out of a look-up. The ledger is read from its end in
windows; a call looks through a bounded number of records and says by its token where the next one goes on, so a page
may be empty although more follows.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import CallerError
from usina.core.operation import Access, Resource, operation
from usina.services.cloudtrail.form import event_of, fits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import cloudtrail_types as t

_PAGE: Final = 50
_WINDOW: Final = 5_000  # records read at once
_MOST_WINDOWS: Final = 20  # in one call
_AHEAD: Final = 500  # records after a window's end in which outcomes of its acts are looked for
_ACTS: Final = frozenset({"intent", "refusal"})


def _touches(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    return (Resource("Account", call.principal.account, call.principal.account),)


@operation("cloudtrail", "LookupEvents", access=Access.READ, touches=_touches)
async def lookup_events(call: Call[t.LookupEventsRequest], ports: Ports) -> t.LookupEventsResponse:
    """What was done and refused in the account, newest first, by one attribute and by time."""
    asked: Any = call.arguments
    wanted = _wanted(asked)
    since, until = asked.get("StartTime"), asked.get("EndTime")
    if since is not None and until is not None and since > until:
        raise CallerError("StartTime must not be after EndTime.", code="InvalidTimeRangeException")
    if asked.get("EventCategory"):
        raise CallerError("This site has no insights: leave out EventCategory.", code="InvalidEventCategoryException")
    most = asked.get("MaxResults", _PAGE)
    upper = _place(asked["NextToken"]) if "NextToken" in asked else await _newest(ports)
    found: list[Json] = []
    outcomes: dict[int, Json] = {}
    for _ in range(_MOST_WINDOWS):
        if upper <= 0:
            break
        floor = max(0, upper - _WINDOW)
        records = await ports.ledger.tail(after=floor, most=upper - floor + _AHEAD)
        outcomes.update({record["intent"]: record for record in records if record["kind"] == "outcome"})
        for record in reversed(records):
            if record["seq"] > upper or record["kind"] not in _ACTS or record["account"] != call.principal.account:
                continue
            if until is not None and record["time"] > until.timestamp() + 1:
                continue
            if since is not None and record["time"] < since.timestamp():
                return _answer(found, 0)
            event = event_of(record, outcomes.get(record["seq"]), ports.site.region)
            if wanted is None or fits(event, *wanted):
                found.append(event)
                if len(found) == most:
                    return _answer(found, record["seq"] - 1)
        upper = floor
    return _answer(found, upper)


def _answer(found: list[Json], upper: int) -> t.LookupEventsResponse:
    answer: Any = {"Events": found}
    if upper > 0:
        answer["NextToken"] = base64.urlsafe_b64encode(str(upper).encode()).decode()
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


async def _newest(ports: Ports) -> int:
    last = await ports.ledger.tail(after=-1, most=1)
    return int(last[-1]["seq"]) if last else 0


def _wanted(asked: Any) -> tuple[str, str] | None:
    attributes = asked.get("LookupAttributes", ())
    if not attributes:
        return None
    if len(attributes) > 1:
        raise CallerError("Give one lookup attribute at most.", code="InvalidLookupAttributesException")
    return attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]


def _place(token: str) -> int:
    try:
        return int(base64.b64decode(token.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise CallerError(
            "The token is not one that this operation gave; look up again without it.",
            code="InvalidNextTokenException",
        ) from None
