"""The cloud link: models that answer from outside the site, how much may be asked of them a day, and on whose behalf.

Closed unless a policy opens it. `SEND_TO_CLOUD` is the act that such a policy must name: policy judges it at the moment
of leaving, on the resource `CloudModel`, with the labels of what would leave and with where it would go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from usina.core.errors import UnknownOperationError
from usina.core.operation import Access, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call, Meter, Principal, Resource, Result
    from usina.core.ports import Json, Ports

CLOUD: Final = "cloud"  # the runtime of a model that answers from outside
# A header of errors after which to ask again may be billed again. OpenAI's clients, and batch jobs, do what it says.
ASK_AGAIN: Final = "x-should-retry"
DO_NOT: Final = "false"
SITE_SCOPE: Final = ""  # the budget of the whole site
Dialect = Literal["bedrock", "openai"]


def _nothing(_call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    return ()


async def _not_served(_call: Call[Any], _ports: Ports) -> Result:
    raise UnknownOperationError("Nobody asks for this act: it is judged where a request is about to leave the site.")


SEND_TO_CLOUD: Final = Operation("usina", "SendToCloud", Access.EGRESS, _nothing, _not_served)


@dataclass(frozen=True, slots=True)
class CloudSource:
    """What the operator says of a model outside. Secrets are sealed before anything is stored."""

    model_id: str  # the site's id for it
    protocol: Dialect
    address: str  # https://HOST[:PORT][/PREFIX]
    upstream_model: str  # the other side's id for it
    region: str = ""  # of SigV4; bedrock only
    task: Literal["chat", "embedding"] = "chat"
    context_tokens: int = 128_000
    max_output_tokens: int = 4_096
    authority_pem: str = ""  # who may have signed its certificate; empty: whom this machine trusts
    access_key_id: str = ""  # SigV4, with `secret` as its secret; empty: `secret` is a bearer key
    secret: str = field(default="", repr=False)  # empty, of a model that is there already: the one it has
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CloudModel:
    """A model outside as listings show it: no secret in it."""

    source: CloudSource  # its `secret` and `session_token` are empty
    created_at: float  # epoch seconds


class CloudModels(Protocol):
    """Models outside the site. A call that returned is durable; the catalogue shows the change."""

    async def put(self, source: CloudSource) -> CloudModel:
        """Add a model, or change one.

        Raises: ValidationError (an address that is none, credentials that are missing), ConflictError (the id is that
        of a model of another kind).
        """
        ...

    async def models(self) -> Sequence[CloudModel]:
        """All of them, in order of id."""
        ...

    async def remove(self, model_id: str) -> None:
        """Forget a model and its credentials. Raises: NotFoundError."""
        ...


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a day is counted in."""

    requests: int = 0
    bytes: int = 0  # of bodies that left
    tokens: int = 0  # in and out, as the other side counts them


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may leave on one day (UTC) for a scope; None: not bounded there."""

    scope: str  # SITE_SCOPE, an account's 12 digits, or the ARN of a user or role
    requests: int | None = None
    bytes: int | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """A budget and what of it is used today."""

    budget: Budget
    used: Amounts
    day: str  # YYYY-MM-DD, UTC


class CloudBudgets(Protocol):
    """Budgets of a day. What was counted survives a crash; nothing is counted less than it was."""

    async def budgets(self) -> Sequence[BudgetUse]:
        """The site's, then those of accounts and callers that are set."""
        ...

    async def set_budget(self, budget: Budget) -> BudgetUse:
        """Set what a scope may use; all None takes its budget away (the site's becomes the default again)."""
        ...


@dataclass(frozen=True, slots=True)
class Redacted:
    """A body without what was found in it, and how many of each kind that was."""

    body: Json
    found: Mapping[str, int]


class Redactor(Protocol):
    """Takes personal data out of a request."""

    def redact(self, body: Json) -> Redacted:
        """The same request with placeholders. Raises: ValidationError where it cannot see what is in it."""
        ...


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """Whose request would leave, as the pipeline proved and recorded it."""

    principal: Principal
    request_id: str
    record: int  # number of the request's intent in the ledger
    peer: str
    context: Mapping[str, str | bool | int]  # as policy saw it
    labels: tuple[str, ...]
    meter: Meter


class CloudDoor(Protocol):
    """The one way out to models of the cloud."""

    def ports(self, ports: Ports, behalf: OnBehalf) -> Ports:
        """The ports of one request: models of the cloud are asked on its behalf, all else is as before."""
        ...
