"""A small, seeded run of `make fuzz`: the same inputs every time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.__main__ import run
from tests.fuzz.campaign import prove
from tests.fuzz.factory import ask, fuzzed_factory
from tests.fuzz.seeds import SEEDS

if TYPE_CHECKING:
    from pathlib import Path

INPUTS = 6_000
SEED = 20_261_123


@pytest.mark.slow
async def test_no_input_makes_the_door_fail_hang_or_show_its_inside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "usina")
    for campaign, findings in (await run(INPUTS, SEED, tmp_path)).items():
        assert not findings.problems, f"{campaign}: {len(findings.problems)} problems\n" + "\n".join(
            findings.problems[:5]
        )
        assert findings.inputs > 0


async def test_every_seed_is_a_valid_request_before_it_is_spoilt(tmp_path: Path) -> None:
    async with fuzzed_factory(tmp_path) as fuzzed:
        refused = []
        for seed in SEEDS:
            made = prove(seed, fuzzed)
            status, _, body = await ask(fuzzed.door, made.scope(), made.pieces)
            if status >= 400 and status not in {404, 501}:
                refused.append((seed, status, body))
    assert not refused
