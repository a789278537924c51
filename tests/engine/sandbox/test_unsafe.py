"""The program that nothing holds back: the same port, and it says what it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock
from usina.engine.sandbox import Bounds, Command, Mount
from usina.engine.sandbox.bubblewrap import interpreter
from usina.engine.sandbox.unsafe import UnsafeNoSandbox

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_program_runs_unconfined_with_the_paths_of_the_machine(tmp_path: Path) -> None:
    run, model = tmp_path / "run", tmp_path / "model"
    run.mkdir()
    model.mkdir()
    code = "import os; open(os.environ['SM_MODEL_DIR'] + '/weights', 'w').write(str(os.getuid()))"
    sandbox = UnsafeNoSandbox(SystemClock())
    running = await sandbox.start(
        Command(
            run,
            (interpreter(), "-c", code),
            {"SM_MODEL_DIR": "/opt/ml/model"},
            (Mount(model, "/opt/ml/model", writable=True),),
            bounds=Bounds(seconds=60),
        )
    )
    end = await running.wait()
    assert end is not None
    assert end.code == 0
    assert (model / "weights").read_text() == str(os.getuid())
    assert sandbox.adopt(run) is not None


def test_no_confinement_says_so() -> None:
    sandbox = UnsafeNoSandbox(SystemClock())
    assert not sandbox.isolation.confined
    assert "--unsafe-no-sandbox" in str(sandbox.isolation)
