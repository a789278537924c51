"""The port of batch jobs in memory: it runs none, and keeps which it was told of."""

from __future__ import annotations


class ToldBatches:
    """The `Batches` port over a list."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def changed(self, account: str, job_id: str) -> None:
        """Keep it."""
        self.told.append((account, job_id))
