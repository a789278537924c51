"""What a job was ordered to be, read from its request, with SageMaker's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.engine.jobs.logs import metric_patterns
from usina.engine.sandbox import Bounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.jobs import InstanceType
    from usina.engine.jobs.rows import Job

_GIBIBYTE = 1_073_741_824
_VOLUME_GB = 30
_RUNTIME_SECONDS = 86_400
_LOST_ATTEMPTS = 3  # a program that was lost with its machine is begun again that often
_OVERTIME_SECONDS = 3_600.0  # after MaxRuntimeInSeconds the keeper acts, should no factory
_PROCESSES = 1_024


@dataclass(frozen=True, slots=True)
class Order:
    """One job's request."""

    job: Job

    @property
    def request(self) -> dict[str, Any]:
        """The arguments of CreateTrainingJob."""
        return self.job.request

    @property
    def stream(self) -> str:
        """The log stream of the job's one host."""
        return f"{self.job.name}/algo-1-{int(self.job.created)}"

    @property
    def patterns(self) -> Mapping[str, Any]:
        """Metrics to look for in the log."""
        return metric_patterns(self.request["AlgorithmSpecification"].get("MetricDefinitions", ()))

    @property
    def volume_bytes(self) -> int:
        """What the job may write and be given together."""
        return int(self.request["ResourceConfig"].get("VolumeSizeInGB") or _VOLUME_GB) * _GIBIBYTE

    @property
    def runtime_seconds(self) -> int:
        """How long the program may run."""
        return int(self.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds") or _RUNTIME_SECONDS)

    @property
    def attempts(self) -> int:
        """How often the program may begin."""
        return max(_LOST_ATTEMPTS, int(self.request.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)) + 1)

    def bounds(self, instance: InstanceType) -> Bounds:
        """What the program may use on such an instance."""
        return Bounds(
            memory_bytes=instance.memory_bytes,
            cpu_cores=instance.cores,
            processes=_PROCESSES,
            disk_bytes=self.volume_bytes,
            seconds=self.runtime_seconds + _OVERTIME_SECONDS,
        )
