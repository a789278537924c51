"""The port of tuning jobs in memory: it runs none, and keeps whose rows it was told of."""

from __future__ import annotations


class FakeTuning:
    """The `Tuning` port."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def changed(self, account: str, name: str) -> None:
        """Keep it."""
        self.told.append((account, name))
