"""Transform jobs in the queue of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.jobs import TRANSFORM_JOB, TRANSFORM_LOG_GROUP
from usina.engine.jobs.kinds import Words
from usina.engine.jobs.order import Order
from usina.engine.transform.run import TransformRun

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from usina.core.jobs import InstanceType
    from usina.engine.jobs.rows import Job, JobRows
    from usina.engine.serving.served import World


class TransformJobs:
    """The kind. `world` is what model servers need."""

    words = Words(TRANSFORM_JOB, "transform job", "sagemaker", "transform-job", TRANSFORM_LOG_GROUP)

    def __init__(self, rows: JobRows, world: World) -> None:
        self._rows = rows
        self._world = world

    def order(self, request: Mapping[str, Any]) -> Order:
        """What CreateTransformJob was given. Role and image are the model's."""
        return Order(role="", image="", instance_type=request["TransformResources"]["InstanceType"])

    async def go(self, job: Job, instance: InstanceType, stop: asyncio.Event) -> None:
        """Take a job to its end."""
        await TransformRun(job, instance, self._rows, self._world, stop).go()
