"""The ports of batch jobs and imports in memory: they run none, and keep which they were told of."""

from __future__ import annotations


class ToldBatches:
    """The `Batches` port over a list."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def changed(self, account: str, job_id: str) -> None:
        """Keep it."""
        self.told.append((account, job_id))


class ToldImports(ToldBatches):
    """The `Imports` port over two lists."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: list[tuple[str, str]] = []

    def removed(self, account: str, model_id: str) -> None:
        """Keep it."""
        self.gone.append((account, model_id))
