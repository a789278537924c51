"""What a job of any kind asks of the machine, with the defaults that kinds share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from usina.engine.jobs.logs import metric_patterns
from usina.engine.sandbox import Bounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.jobs import InstanceType

GIBIBYTE: Final = 1_073_741_824
VOLUME_GB: Final = 30
RUNTIME_SECONDS: Final = 86_400
LOST_ATTEMPTS: Final = 3  # a program that was lost with its machine is begun again that often
_OVERTIME_SECONDS = 3_600.0  # after its longest runtime the keeper acts, should no factory
_PROCESSES = 1_024


@dataclass(frozen=True, slots=True)
class Order:
    """One job's needs."""

    role: str  # ARN
    image: str
    instance_type: str
    volume_bytes: int = VOLUME_GB * GIBIBYTE  # what it may write and be given together
    runtime_seconds: int = RUNTIME_SECONDS
    attempts: int = LOST_ATTEMPTS  # how often the program may begin
    isolated: bool = False  # no network, not even the front door
    metrics: Sequence[Mapping[str, Any]] = ()  # definitions: Name and Regex

    @property
    def patterns(self) -> Mapping[str, Any]:
        """Metrics to look for in the log."""
        return metric_patterns(self.metrics)

    def bounds(self, instance: InstanceType) -> Bounds:
        """What the program may use on such an instance."""
        return Bounds(
            memory_bytes=instance.memory_bytes,
            cpu_cores=instance.cores,
            processes=_PROCESSES,
            disk_bytes=self.volume_bytes,
            seconds=self.runtime_seconds + _OVERTIME_SECONDS,
        )
