"""Makes a program wait a quarter of a second where it would wait longer: the SDKs sleep up to half a minute.

It is imported for that. Its clocks go on by what was not slept, so that whoever counts seconds finds them; signatures
are made by another clock (`datetime`). What a program asks, in which order, and what it makes of the answers stays
the SDK's.
"""

import time

STEP_SECONDS = 0.25
_sleep, _time, _monotonic = time.sleep, time.time, time.monotonic
_skipped = [0.0]


def _short(seconds: float) -> None:
    step = min(seconds, STEP_SECONDS)
    _sleep(step)
    _skipped[0] += seconds - step


time.sleep = _short  # type: ignore[assignment] # a number of any kind goes
time.time = lambda: _time() + _skipped[0]
time.monotonic = lambda: _monotonic() + _skipped[0]
