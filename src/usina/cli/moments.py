"""Times on the command line, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import click

_FORMS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")


class Moment(click.ParamType[float]):
    """A time in UTC, as epoch seconds."""

    name = "TIME"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """From 2026-11-27, 2026-11-27T08:00:00 or the same with Z."""
        if isinstance(value, float):
            return value
        for form in _FORMS:
            try:
                return datetime.strptime(str(value), form).replace(tzinfo=UTC).timestamp()
            except ValueError:
                continue
        return self.fail(f"{value!r} is no time: write 2026-11-27 or 2026-11-27T08:00:00 (UTC)", param, ctx)


def when(moment: float) -> str:
    """For people, to the second."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
