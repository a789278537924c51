"""Closures of shapes that may hold themselves: built once each, the knot tied by a closure that waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")


def tied(
    known: dict[K, Callable[[Any], Any]], key: K, build: Callable[[], Callable[[Any], Any]]
) -> Callable[[Any], Any]:
    """The closure under `key`, built at the first call; who asks while it is built gets one that waits for it."""
    found = known.get(key)
    if found is not None:
        return found
    built: list[Callable[[Any], Any]] = []

    def later(value: Any) -> Any:
        return built[0](value)

    known[key] = later
    built.append(build())
    known[key] = built[0]
    return built[0]
