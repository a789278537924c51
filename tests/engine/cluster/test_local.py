from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.waiting import until
from usina.core.clock import SystemClock
from usina.core.errors import EngineError
from usina.engine.cluster import Ended, ProcessSpec
from usina.engine.cluster.local import LocalCluster

if TYPE_CHECKING:
    from usina.engine.cluster.local import LocalProcess

FOREVER = "import signal; print('up', flush=True); signal.pause()"


def alive(pid: int) -> bool:
    """Runs, and is not only a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid: int) -> bool:
    """Neither runs nor is a zombie."""
    return not Path(f"/proc/{pid}").exists()


async def started(folder: Path, program: str, **environment: str) -> LocalProcess:
    spec = ProcessSpec("test", (sys.executable, "-c", program), folder / "logs" / "test.log", environment)
    return await LocalCluster(SystemClock()).start(spec)


async def up(folder: Path) -> None:
    await until(lambda: "up" in (folder / "logs" / "test.log").read_text())


async def test_the_end_of_a_process_is_told_with_its_code(tmp_path: Path) -> None:
    process = await started(tmp_path, "raise SystemExit(3)")
    assert await process.wait() == Ended(3)
    assert await process.wait() == Ended(3)
    assert str(Ended(3)) == "exit status 3"


async def test_a_killed_process_is_told_by_its_signal_and_leaves_no_zombie(tmp_path: Path) -> None:
    process = await started(tmp_path, FOREVER)
    await up(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    ended = await process.wait()
    assert ended == Ended(-9)
    assert str(ended) == "killed by signal 9"
    assert gone(process.pid)


async def test_stop_asks_first(tmp_path: Path) -> None:
    process = await started(
        tmp_path,
        "import signal, sys; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True); signal.pause()",
    )
    await up(tmp_path)
    assert await process.stop(5) == Ended(7)


async def test_stop_kills_what_does_not_listen(tmp_path: Path) -> None:
    process = await started(
        tmp_path,
        "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()",
    )
    await up(tmp_path)
    assert await process.stop(0.05) == Ended(-9)


async def test_stop_of_an_ended_process_gives_how_it_ended(tmp_path: Path) -> None:
    process = await started(tmp_path, "pass")
    await process.wait()
    assert await process.stop(1) == Ended(0)


async def test_children_of_a_process_end_with_it(tmp_path: Path) -> None:
    program = (
        f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', {FOREVER!r}]); print(c.pid); c.wait()"
    )
    process = await started(tmp_path, "import sys; sys.stdout.reconfigure(line_buffering=True); " + program)
    await up(tmp_path)
    child = int((tmp_path / "logs" / "test.log").read_text().split()[0])
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    await until(lambda: not alive(child))


async def test_the_log_is_streamed_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "test.log").write_text("of another life\n")
    process = await started(tmp_path, "print('one'); print('two', end='')")
    assert [line async for line in process.log()] == [b"one", b"two"]


async def test_a_child_inherits_no_secrets_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sesame")
    monkeypatch.setenv("HTTPS_PROXY", "http://10.0.0.1:3128")
    process = await started(tmp_path, "import os; print(sorted(os.environ))", OMP_WAIT_POLICY="passive")
    await process.wait()
    text = (tmp_path / "logs" / "test.log").read_text()
    assert "OMP_WAIT_POLICY" in text
    assert "AWS_SECRET_ACCESS_KEY" not in text
    assert "PROXY" not in text


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    spec = ProcessSpec("test", (str(tmp_path / "nothing"),), tmp_path / "test.log")
    process = await LocalCluster(SystemClock()).start(spec)
    assert (await process.wait()).code != 0
    with pytest.raises(EngineError):
        await LocalCluster(SystemClock()).start(
            ProcessSpec("test", ("x\0y",), tmp_path / "test.log", {"A": "\0"}),
        )


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
async def test_children_die_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from usina.core.clock import SystemClock
from usina.engine.cluster import ProcessSpec
from usina.engine.cluster.local import LocalCluster
async def main():
    spec = ProcessSpec("x", (sys.executable, "-c", {FOREVER!r}), Path({str(tmp_path)!r}) / "logs" / "test.log")
    process = await LocalCluster(SystemClock()).start(spec)
    print(process.pid, flush=True)
    await process.wait()
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    await up(tmp_path)
    assert alive(child)
    parent.kill()
    await parent.communicate()
    await until(lambda: not alive(child))


async def test_many_processes_end_each_for_itself(tmp_path: Path) -> None:
    processes = [await started(tmp_path, f"raise SystemExit({n})") for n in range(4)]
    codes = await asyncio.gather(*(process.wait() for process in processes))
    assert [ended.code for ended in codes] == [0, 1, 2, 3]
