"""The narrow ports through which handlers reach the world. `app` alone names what stands behind them.

Every port has a fake in `usina.testing` and a contract suite in `tests/contract/` that runs over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Mapping, Sequence

    from usina.core.batch import Batches
    from usina.core.clock import Clock, Dice
    from usina.core.cloud import CloudBudgets, CloudModels
    from usina.core.endpoints import Endpoints
    from usina.core.iam import Iam, RoleFacts
    from usina.core.images import ImageStore
    from usina.core.imports import Imports
    from usina.core.invocations import Invocations
    from usina.core.jobs import Jobs
    from usina.core.keys import KeyCard, KeyKind
    from usina.core.kms import Kms, KmsSigning
    from usina.core.limits import Limits
    from usina.core.logs import LogGroups, Logs
    from usina.core.metrics import MetricSeries
    from usina.core.objects import Buckets, Objects, Uploads
    from usina.core.operation import Principal
    from usina.core.packages import Packages
    from usina.core.people import People
    from usina.core.tuning import Tuning

Task = Literal["chat", "completion", "embedding"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """What this site is called and where it lies."""

    name: str = "usina"
    region: str = "us-east-1"
    account: str = "000000000000"  # the first tenant, made at first start; 12 digits


# --- models --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the catalogue knows of one model."""

    id: str  # PROVIDER.NAME as Bedrock writes it: huggingfacetb.smollm2-135m-instruct
    name: str
    provider: str
    task: Literal["chat", "embedding"]
    runtime: str  # llamacpp, attached, fake
    context_tokens: int
    max_output_tokens: int = 0
    embedding_dimensions: int = 0
    tools: bool = False
    structured_output: bool = False
    licence: str = ""
    source: str = ""  # package, file or address it came from
    sha256: str = ""  # of the file that the engine loads
    size_bytes: int = 0
    quantisation: str = ""
    parameter_count: int = 0
    created_at: float = 0.0  # epoch seconds
    state: str = "READY"  # IMPORTING, STARTING, READY, FAILED, REMOVING; STOPPED: an account's own that nothing deploys
    state_reason: str = ""
    options: Mapping[str, str] = field(default_factory=dict)  # runtime's own: path, address, upstream model name
    account: str = ""  # whose it is; empty: the site's, for all accounts. An account's own model has its ARN as id
    base: str = ""  # id of the model whose engine runs it, where it is an adapter of that

    def arn(self, region: str) -> str:
        """ARN of this model: a foundation model's in that region, or an account's own."""
        return self.id if self.account else f"arn:aws:bedrock:{region}::foundation-model/{self.id}"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name led to."""

    card: ModelCard
    asked: str  # the id or ARN as the caller wrote it
    alias: str = ""  # the alias it went through, if any
    profile_arn: str = ""  # the inference profile it went through, if any
    deployment_arn: str = ""  # the custom model deployment or provisioned throughput it went through, if any


class Catalogue(Protocol):
    """Which models this site has and by which names. Reads are from a snapshot in memory: quick, no I/O."""

    def cards(self) -> Sequence[ModelCard]:
        """All models of the site, in order of id; those of accounts are found by `resolve` only."""
        ...

    def aliases(self) -> Mapping[str, str]:
        """Alias -> model id, the ones in force."""
        ...

    def resolve(self, name: str, account: str) -> Resolution | None:
        """From a model id, alias, foundation-model ARN, inference profile id or ARN (the account's or the system's), or
        the ARN of the account's custom or imported model, deployment or provisioned throughput.

        None where the name means nothing to this account.
        """
        ...

    async def reload(self) -> None:
        """Read the rows again, after a handler wrote some (models, aliases, inference profiles, deployments)."""
        ...


class Engines(Protocol):
    """Running models. Bodies and answers are in the OpenAI format; the engine layer knows each engine's habits.

    Request bodies use: messages (text content only), prompt, input, max_tokens, temperature, top_p, top_k, stop, seed,
    tools, tool_choice, response_format (json_schema), n, logprobs, top_logprobs, frequency_penalty, presence_penalty,
    logit_bias. `tool_choice` of every kind is honoured and tool arguments fit the tool's schema, whatever the engine
    can do by itself. Choices carry vLLM's `stop_reason`: the stop sequence that ended the text, else None. Usage always
    comes, with `prompt_tokens_details.cached_tokens`.

    Raises: ThrottledError (queue full), NotReadyError, EngineError (crashed, stream without its end),
    EngineTimeoutError, ValidationError (prompt longer than the context).
    """

    async def call(self, card: ModelCard, task: Task, body: Json) -> Json:
        """One whole answer."""
        ...

    def stream(self, card: ModelCard, task: Task, body: Json) -> AsyncIterator[Sequence[Json]]:
        """Chunks as they come, in batches of what one read brought (never an empty batch).

        The last chunk has an empty `choices` list and `usage`. Closing the iterator frees the engine's slot.
        """
        ...

    async def count(self, card: ModelCard, body: Json) -> int:
        """Tokens of the prompt that a chat (messages, tools) or completion (prompt) body makes, template included."""
        ...


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """One engine as an operator sees it."""

    model: str
    state: str  # STOPPED, STARTING, READY, BACKOFF, FAILED, DRAINING
    restarts: int
    running: int
    queued: int
    reason: str = ""
    adapters: int = 0  # custom models that the process has loaded beside the model itself


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Where a model comes from. `kind` package: an installed Python package's name; file, directory: a path; attached:
    an OpenAI-compatible engine's address inside the site (http://10.0.0.5:8000/v1).
    """

    kind: Literal["package", "file", "directory", "attached"]
    location: str
    model_id: str = ""  # empty: derived from the source
    licence: str = ""
    task: Literal["chat", "embedding", ""] = ""
    upstream_model: str = ""  # attached: the engine's own name for it
    requantise: bool = True


class ModelStore(Protocol):
    """Models on this site's disks: what the operator changes. Each call writes desired state; a control loop acts."""

    async def import_model(self, source: ImportSource) -> str:
        """Start an import; gives the model id. Its card shows IMPORTING, then READY or FAILED."""
        ...

    def progress(self, model_id: str) -> tuple[str, float]:
        """(what is being done, share done 0..1) of an import; ("", 1.0) where none runs."""
        ...

    async def remove_model(self, model_id: str) -> None:
        """Stop its engine and delete its files."""
        ...

    async def set_alias(self, alias: str, model_id: str | None) -> None:
        """Point an alias at a model, or take it away (None)."""
        ...

    def engines(self) -> Sequence[EngineStatus]:
        """State of every engine."""
        ...


# --- rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A long-lived thing: one JSON document with a version, under (kind, account, name)."""

    kind: str  # "inference-profile", "model", "alias", "access-key", ...
    account: str  # empty: the site's
    name: str
    body: Json
    version: int = 0  # 0: not stored yet


Place = tuple[float, str]  # of a row among those of its kind and account: when it was created, and its name


class Records(Protocol):
    """Rows in the site's database. A call that returned is durable."""

    async def get(self, kind: str, account: str, name: str) -> Row | None:
        """The row, or None."""
        ...

    async def put(self, row: Row) -> Row:
        """Store; the row's version must be the stored one (0: must not exist). Returns it with its new version.

        Raises: ConflictError where somebody else was first.
        """
        ...

    async def delete(self, kind: str, account: str, name: str) -> bool:
        """Delete; False where it was not there."""
        ...

    async def list(
        self, kind: str, account: str | None = None, *, after: str = "", most: int = 1_000, only: Sequence[str] = ()
    ) -> list[Row]:
        """Rows of a kind in order of (account, name), of one account or of all (None), names above `after` only.

        `only`: the bodies have these members alone (`observed.status`; null where it is not there), which is quick
        however large the documents are. Such rows are for looking at: they are never put back.
        """
        ...

    async def list_by_creation(
        self,
        kind: str,
        account: str,
        *,
        after: Place | None = None,
        descending: bool = True,
        most: int = 1_000,
        only: Sequence[str] = (),
    ) -> builtins.list[Row]:
        """An account's rows that have `created` (epoch seconds), in order of it and of their names, the newest first
        unless asked otherwise; those after a place in that order only. `only` as in `list`.
        """
        ...


# --- identity ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment its secret is shown."""

    card: KeyCard
    secret: str  # access: the secret access key; bearer: the whole bearer token


@dataclass(frozen=True, slots=True)
class SessionCredentials:
    """Short-lived credentials, as STS gives them."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: float
    principal: Principal


class Keyring(Protocol):
    """Keys and sessions of this site."""

    async def create(
        self,
        kind: KeyKind,
        account: str,
        user: str,
        roles: Sequence[str],
        lifetime_seconds: float | None,
    ) -> NewKey:
        """Make a key; the account is created with its first key."""
        ...

    async def list(self, account: str | None) -> Sequence[KeyCard]:
        """Keys of one account, or of all."""
        ...

    async def revoke(self, key_id: str) -> KeyCard:
        """End a key at once. Raises: NotFoundError."""
        ...

    async def suspend(self, key_id: str, *, suspended: bool) -> KeyCard:
        """Put a key out of use at once, or into use again. Raises: NotFoundError (not there, or ended for good)."""
        ...

    async def session(
        self, caller: Principal | None, role: str | RoleFacts | None, session_name: str, lifetime_seconds: float
    ) -> SessionCredentials:
        """Credentials of a role (AssumeRole) or of the caller itself (role None: GetSessionToken).

        A name is a site role, `RoleFacts` are an account's own. A session ends with the key of its caller; without a
        caller (a service of this site acts for an account) only at its time.
        """
        ...


# --- ledger, read only ---------------------------------------------------------------------------------------------


class LedgerView(Protocol):
    """What handlers may see of the ledger: they read it, they never write it."""

    async def tail(self, *, after: int, most: int) -> Sequence[Json]:
        """Records with a sequence number above `after`, oldest first; a negative `after` counts from the end."""
        ...

    async def prove(self, record_id: str) -> Json:
        """Inclusion proof of a record (by record id or request id) under the newest signed tree head.

        Raises: NotFoundError.
        """
        ...

    async def head(self) -> Json:
        """The newest signed tree head."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """All a handler may reach."""

    site: Site
    limits: Limits
    clock: Clock
    dice: Dice
    catalogue: Catalogue
    engines: Engines
    models: ModelStore
    records: Records
    keyring: Keyring
    ledger: LedgerView
    buckets: Buckets  # these three are in core/objects.py
    objects: Objects
    uploads: Uploads
    iam: Iam  # core/iam.py
    jobs: Jobs  # core/jobs.py
    endpoints: Endpoints  # core/endpoints.py
    images: ImageStore  # core/images.py
    log_groups: LogGroups  # these two are in core/logs.py
    logs: Logs
    metrics: MetricSeries  # core/metrics.py
    kms: Kms  # these two are in core/kms.py
    kms_signing: KmsSigning
    packages: Packages  # core/packages.py
    tuning: Tuning  # core/tuning/
    batches: Batches  # core/batch.py
    imports: Imports  # core/imports.py
    invocations: Invocations  # core/invocations.py
    people: People  # core/people.py
    cloud_models: CloudModels  # these two are in core/cloud.py
    cloud_budgets: CloudBudgets
