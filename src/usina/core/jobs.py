"""Jobs as handlers see them, and how a job stands in its row.

A row of a kind of job (`training-job`, `processing-job`, ...) holds `request` (the arguments of its Create operation),
`tags`, `created` (epoch seconds), `desired` (`run` or `stop`: the handlers') and `observed` (the control loop's, begun
by the handler that creates it). A kind's own facts stand beside those that all kinds have:

    work                   what it is for, in messages: training, processing, ...
    status, secondary      in SageMaker's words for training jobs, which the other kinds share or leave out
    transitions            [[secondary, start, end or null, message], ...]: SecondaryStatusTransitions as they happened
    modified               epoch seconds
    attempt                counts runs of the program; more than 1 after a retry
    started, ended         epoch seconds of training, null before
    cause, stopping_at     why it was asked to end (`stop`, `time`) and when
    signalled              whether its program was told so: a factory may be killed between both
    failure                FailureReason
    metrics                {name: [value, epoch seconds]}: the last of each
    reported               the values so far of the metric that a tuning job watches, where one does
    model, output          where a training job's were put, as s3:// addresses
    exit_message           what a processing job left as its message
    resources              {cpu_seconds, memory_peak_bytes}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Row

TRAINING_JOB: Final = "training-job"
PROCESSING_JOB: Final = "processing-job"
TRANSFORM_JOB: Final = "transform-job"
LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
PROCESSING_LOG_GROUP: Final = "/aws/sagemaker/ProcessingJobs"
TRANSFORM_LOG_GROUP: Final = "/aws/sagemaker/TransformJobs"
_RUNTIME_SECONDS: Final = 86_400
# What is looked for in the log of SageMaker's own algorithms, which need no definitions: named as XGBoost's.
ALGORITHM_METRICS: Final = tuple(
    f"{channel}:{name}"
    for channel in ("train", "validation")
    for name in ("accuracy", "auc", "error", "f1", "logloss", "mae", "map", "merror", "mlogloss", "mse", "ndcg", "rmse")
)
OVER: Final = frozenset({"Completed", "Failed", "Stopped", "PartiallyCompleted", "Expired"})  # of jobs of every kind


@dataclass(frozen=True, slots=True)
class InstanceType:
    """What a job gets that asks for this."""

    name: str
    cores: int
    memory_bytes: int
    accelerators: int = 0


@dataclass(frozen=True, slots=True)
class Programs:
    """How programs of strangers are run on this machine."""

    run: bool
    isolated: bool
    isolation: str  # by what, or why not, in words


class Jobs(Protocol):
    """The part of the factory that runs jobs. Rows say what; this says what can be, and is told that rows changed."""

    def refusal(self, instance_type: str, count: int, use: str = "training job") -> str:
        """Why none can have that here for that use, ever; empty where one can, now or once others are done."""
        ...

    def image(self, asked: str) -> str | None:
        """The built-in image that an image's address stands for; None where this site has none."""
        ...

    def images(self) -> Sequence[str]:
        """The images of this site, installed or not."""
        ...

    def brings_program(self, image: str) -> bool:
        """Whether one of them has a program of its own, which starts where a request says none."""
        ...

    def is_algorithm(self, image: str) -> bool:
        """Whether one of them trains by itself where a request brings no script."""
        ...

    def lacking(self, image: str) -> str:
        """Why nothing can start in one of them until the operator acts; empty where it can."""
        ...

    def check_metrics(self, definitions: Sequence[Mapping[str, Any]]) -> None:
        """Raises: ValidationError where a metric's pattern is none that could be searched for."""
        ...

    def unable(self) -> str:
        """Why this machine runs no jobs at all; empty where it does."""
        ...

    def ahead(self, instance_type: str) -> int | None:
        """How many jobs wait before a new one of that type; None where there is room for it now."""
        ...

    def programs(self) -> Programs:
        """How programs are run here, for whoever operates the site."""
        ...

    def created(self, row: Row) -> None:
        """This row of a job is new: begin it, or have it wait behind those that came before."""
        ...

    def changed(self, kind: str, account: str, name: str) -> None:
        """The row of a job of that kind was written: make it so."""
        ...


class LogSink(Protocol):
    """Where the lines and metrics of jobs go. Raises, both: ApiError, and the same is offered again later."""

    async def write(self, account: str, group: str, stream: str, lines: Sequence[tuple[float, str]]) -> None:
        """Add lines, each with its time in epoch seconds, in order; group and stream are made with their first line."""
        ...

    async def measure(
        self,
        account: str,
        namespace: str,
        dimension: tuple[str, str],
        found: Mapping[str, Sequence[tuple[float, float]]],
    ) -> None:
        """Add what a job's metrics came to: name -> (epoch seconds, value), in order."""
        ...


def with_runtime(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request with SageMaker's default of how long a job may run."""
    stopping = {"MaxRuntimeInSeconds": _RUNTIME_SECONDS, **request.get("StoppingCondition", {})}
    return {**request, "StoppingCondition": stopping}


def waits_for(ahead: int) -> str:
    """The message of a job that waits."""
    return f"Waiting until the machine has room for the instance: {ahead} jobs are before this one"


def new_job(
    request: Mapping[str, Any], tags: Sequence[Any], now: float, work: str = "training", ahead: int | None = None
) -> dict[str, Any]:
    """The body of the row of a job that is to run, whoever creates it; `ahead`: how many wait before it, if it must."""
    return {
        "request": {member: value for member, value in request.items() if member != "Tags"},
        "tags": list(tags),
        "created": now,
        "desired": "run",
        "observed": begun(now, work, ahead),
    }


def begun(now: float, work: str = "training", ahead: int | None = None) -> dict[str, Any]:
    """What is observed of a job at its creation; one that must wait says so at once, so that nothing is written for it
    until it has room.
    """
    starting = ["Starting", now, None if ahead is None else now, f"Preparing the instances for {work}"]
    pending = [] if ahead is None else [["Pending", now, None, waits_for(ahead)]]
    return {
        "work": work,
        "status": "InProgress",
        "secondary": "Pending" if pending else "Starting",
        "transitions": [starting, *pending],
        "modified": now,
        "attempt": 1,
        "started": None,
        "ended": None,
        "cause": "",
        "stopping_at": None,
        "failure": "",
        "metrics": {},
        "model": "",
        "output": "",
        "resources": {},
    }
