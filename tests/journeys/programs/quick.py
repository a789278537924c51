"""Makes a program wait in steps of a quarter of a second: the SDKs sleep up to half a minute between two looks.

It is imported for that. What a program asks, in which order, and what it makes of the answers stays the SDK's.
"""

import time

STEP_SECONDS = 0.25
_sleep = time.sleep


def _short(seconds: float) -> None:
    _sleep(min(seconds, STEP_SECONDS))


time.sleep = _short
