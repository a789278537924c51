"""How long property tests look: a little by default, much more with `HYPOTHESIS_PROFILE=thorough`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

# One example walks a whole service: a failure is already small (two numbers), shrinking it would take minutes.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
_SLOW = (HealthCheck.too_slow,)
settings.register_profile(
    "brief", max_examples=4, derandomize=True, phases=_PHASES, deadline=None, suppress_health_check=_SLOW
)
settings.register_profile("thorough", max_examples=200, phases=_PHASES, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "brief"))
