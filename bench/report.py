"""Medians over rounds, tables, and targets with pass or miss."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def median(values: Iterable[float | None]) -> float:
    """Median of what is there; not a number where nothing is."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else float("nan")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table in plain text: the first columns left, numbers right."""
    cells = [list(heads), *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        print("  ".join(value.rjust(width) if column else value.ljust(width) for column, (value, width) in enumerate(zip(row, widths, strict=True))))  # fmt: skip  # noqa: E501
    print()


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


def target(what: str, value: float, limit: float, *, at_least: bool, unit: str = "") -> None:
    """One figure against its target."""
    met = value >= limit if at_least else value <= limit
    sign = ">=" if at_least else "<="
    print(f"  {'pass' if met else 'MISS'}  {what}: {value:.3g}{unit} (target {sign} {limit:.3g}{unit})")


def heading(text: str) -> None:
    """A section of the report."""
    print(f"\n== {text}\n")
