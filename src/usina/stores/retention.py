"""The loop that deletes what has outlived its retention."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from usina.core.clock import Clock

EVERY_SECONDS: Final = 3_600.0
_log = logging.getLogger("usina.retention")


async def keep_retention(clock: Clock, expiries: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Call each of these once an hour, for ever. One that fails is tried again the next time."""
    while True:
        for expire in expiries:
            try:
                await expire()
            except Exception:  # noqa: BLE001 - a disk that fails now may work again later
                _log.exception("retention was not enforced; it is tried again in an hour")
        await clock.sleep(EVERY_SECONDS)
