"""Waiting for something that another process does, with a deadline."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_SECONDS = 0.25
_CLOCK = SystemClock()
_NEVER = threading.Event()


def wait_until(
    check: Callable[[], bool],
    seconds: float,
    *,
    now: Callable[[], float] = _CLOCK.monotonic,
    pause: Callable[[float], object] = _NEVER.wait,
) -> bool:
    """Look until `check` says yes or the time is over; at least once. Gives what the last look said."""
    deadline = now() + seconds
    while not check():
        left = deadline - now()
        if left <= 0:
            return False
        pause(min(PAUSE_SECONDS, left))
    return True
