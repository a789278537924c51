"""The ports of jobs in memory: a site that runs none, but says what it would, and a log that is kept in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.iam import RoleFacts, Simulated
from usina.core.jobs import Programs
from usina.engine.jobs.logs import metric_patterns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Principal
    from usina.core.ports import Row


class FakeJobs:
    """The `Jobs` port of a machine with room for one `ml.m5.large`; keeps whose rows it was told of."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str]] = []
        self.why_unable = ""
        self.waiting: int | None = None
        self.why_lacking = ""

    def refusal(self, instance_type: str, count: int, use: str = "training job") -> str:
        """Why none can have that."""
        if (instance_type, count) == ("ml.m5.large", 1):
            return ""
        return f"The account-level service limit '{instance_type} for {use} usage' is 0 Instances."

    def image(self, asked: str) -> str | None:
        """A name of ours is itself."""
        return asked if asked in self.images() else None

    def images(self) -> Sequence[str]:
        """Four of them."""
        return ("usina/python", "usina/sklearn", "usina/xgboost", "site/trainer:1")

    def brings_program(self, image: str) -> bool:
        """The site's own has one."""
        return image.startswith("site/")

    def is_algorithm(self, image: str) -> bool:
        """One is."""
        return image == "usina/xgboost"

    def lacking(self, image: str) -> str:
        """What a test says."""
        return self.why_lacking if image != "usina/python" else ""

    def check_metrics(self, definitions: Sequence[Mapping[str, Any]]) -> None:
        """As the real one."""
        metric_patterns(definitions)

    def unable(self) -> str:
        """What a test says."""
        return self.why_unable

    def ahead(self, instance_type: str) -> int | None:
        """Room there always is, unless a test says how many wait."""
        return self.waiting if instance_type else None

    def programs(self) -> Programs:
        """What a test says."""
        return Programs(
            not self.why_unable, not self.why_unable, self.why_unable or "programs are isolated by a script"
        )

    def created(self, row: Row) -> None:
        """Keep it."""
        self.told.append((row.kind, row.account, row.name))

    def changed(self, kind: str, account: str, name: str) -> None:
        """Keep it."""
        self.told.append((kind, account, name))


class ListedLogs:
    """The `LogSink` port over a list."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, float, str]] = []
        self.measured: dict[str, list[tuple[float, float]]] = {}

    async def write(self, account: str, group: str, stream: str, lines: Sequence[tuple[float, str]]) -> None:
        """Keep them."""
        self.lines += [(account, group, stream, at, text) for at, text in lines]

    async def measure(
        self,
        account: str,  # noqa: ARG002 - as told
        namespace: str,  # noqa: ARG002
        dimension: tuple[str, str],  # noqa: ARG002
        found: Mapping[str, Sequence[tuple[float, float]]],
    ) -> None:
        """Keep it."""
        for name, values in found.items():
            self.measured.setdefault(name, []).extend(values)

    def text(self, stream: str = "") -> list[str]:
        """The lines of streams that begin so."""
        return [text for _, _, name, _, text in self.lines if name.startswith(stream)]


class TrustingIam:
    """The part of the `Iam` port that jobs ask: every role is there and may do all but what a test forbids."""

    def __init__(self) -> None:
        self.forbidden: set[str] = set()

    def role(self, account: str, name: str) -> RoleFacts | None:
        """It is there."""
        return RoleFacts(account, name, "AROAEXAMPLE", f"arn:aws:iam::{account}:role/{name}", 3_600)

    def simulate(self, principal: Principal, action: str, name: str, **_: object) -> Simulated:
        """Yes, unless the action on that thing was forbidden."""
        del principal
        allowed = not {action, f"{action} {name}"} & self.forbidden
        return Simulated(allowed=allowed, denied=False, site_allows=True, policies=())
