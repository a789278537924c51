"""What a stranger's program can and cannot do, tried by such programs."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine.waiting import until
from usina.core.clock import SystemClock
from usina.engine.sandbox import Isolation, Sandbox, kept
from usina.engine.sandbox.bubblewrap import Bubblewrap, detect, find_bubblewrap
from usina.engine.sandbox.cgroups import Groups

if TYPE_CHECKING:
    import pytest

    from tests.engine.sandbox.conftest import Bench


async def test_a_program_runs_with_its_environment_and_tells_its_exit_code(bench: Bench) -> None:
    end, output = await bench.run("import os, sys; print(sorted(os.environ), os.environ['GREETING']); sys.exit(7)")
    assert (end.code, end.reason) == (7, "exited")
    assert "hello" in output
    assert "PATH" not in output


async def test_a_program_has_an_own_user_and_no_rights(bench: Bench) -> None:
    _, output = await bench.run(
        "import os; print(os.getuid()); text = open('/proc/self/status').read();"
        "print([line.split()[1] for line in text.splitlines() if line[:6] in ('CapEff', 'CapPrm', 'CapAmb')])"
    )
    user, rights = output.splitlines()
    assert int(user) not in {0, os.geteuid()}
    assert set(eval(rights)) == {"0" * 16}


async def test_a_programs_user_has_a_name_and_the_machines_users_are_not_shown(bench: Bench) -> None:
    _, output = await bench.run(
        "import getpass, grp, os, pwd\n"
        "print(getpass.getuser(), grp.getgrgid(os.getgid()).gr_name, sorted(each.pw_name for each in pwd.getpwall()))"
    )
    assert output == "usina usina ['root', 'usina']"


async def test_a_program_sees_only_itself_and_nothing_of_the_factory(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the site")
    _, output = await bench.run(
        "import os\n"
        "print(len([name for name in os.listdir('/proc') if name.isdigit()]))\n"
        f"for path in ('{secret}', '/etc/shadow', '/sys/kernel', '/root/.ssh', '/etc/machine-id'):\n"
        "    try: open(path).read(); print('read', path)\n"
        "    except OSError as error: print('refused')\n"
    )
    count, *reads = output.splitlines()
    assert int(count) <= 4
    assert reads == ["refused"] * 5


async def test_a_program_writes_where_it_may_and_nowhere_else(bench: Bench) -> None:
    end, output = await bench.run(
        "import os\n"
        "open('/opt/ml/model/weights', 'w').write('1')\n"
        "open('/tmp/scratch', 'w').write('1')\n"
        "for path in ('/usr/here', '/etc/here', '/opt/ml/here', '/here', '/usina/enter.py'):\n"
        "    try: open(path, 'w'); print('wrote', path)\n"
        "    except OSError: pass\n"
    )
    assert (end.code, output) == (0, "")
    assert (bench.shared / "weights").read_text() == "1"
    assert not os.path.exists("/tmp/scratch")  # noqa: ASYNC240, PTH110 - one look


async def test_a_link_out_of_the_sandbox_leads_to_nothing_inside_it(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the site")
    end, output = await bench.run(
        f"import os; os.symlink('{secret}', '/opt/ml/model/out')\n"
        "try: print(open('/opt/ml/model/out').read())\n"
        "except OSError: print('refused')\n"
    )
    assert (end.code, output) == (0, "refused")


async def test_a_program_reaches_no_network(bench: Bench) -> None:
    _, output = await bench.run(
        "import socket\n"
        "for place in (('10.0.0.1', 80), ('127.0.0.1', 22), ('::1', 22)):\n"
        "    try: socket.create_connection(place, 2); print('reached', place)\n"
        "    except OSError: print('refused')\n"
        "print(sorted(name for _, name in socket.if_nameindex()))\n"
    )
    lines = output.splitlines()
    assert lines[:3] == ["refused"] * 3
    assert "lo" in lines[3]
    assert "eth" not in lines[3]


async def test_a_program_that_forks_without_end_is_held_and_ends(bench: Bench) -> None:
    end, output = await bench.run(
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while True:\n"
        "        if os.fork() == 0: time.sleep(60)\n"
        "        made += 1\n"
        "except OSError: print(made)\n",
        memory_bytes=1_000_000_000,
    )
    assert end.code == 0
    assert int(output.splitlines()[-1]) < 40


async def test_a_program_that_takes_too_much_memory_is_ended_for_it(bench: Bench) -> None:
    end, _ = await bench.run("held = []\nwhile True: held.append(bytearray(b'1' * 10_000_000))")
    assert end.code != 0
    if "control groups" in bench.sandbox.isolation.memory:
        assert end.reason == "memory"


async def test_the_time_that_a_program_used_is_told(bench: Bench) -> None:
    end, _ = await bench.run("import time\nwhile time.process_time() < 0.3: pass")
    if "control groups" in bench.sandbox.isolation.memory:
        assert 0.3 <= end.cpu_seconds < 60
    assert end.memory_peak_bytes > 1_000_000


async def test_a_program_that_fills_the_disk_is_ended_for_it(bench: Bench) -> None:
    end, _ = await bench.run(
        "import itertools, time\n"
        "for n in itertools.count():\n"
        "    open(f'/opt/ml/model/{n}', 'wb').write(b'1' * 1_000_000)\n"
        "    time.sleep(0.002)\n"
    )
    assert end.reason == "disk"
    assert "20000000 bytes" in end.detail


async def test_the_log_of_a_program_that_prints_without_end_is_bounded(bench: Bench) -> None:
    end, output = await bench.run("for n in range(300_000): print('x' * 100)\nraise SystemExit('it failed for this')")
    assert end.code == 1
    assert len(output) < 200_000
    lines = output.splitlines()
    assert sum(line.startswith("(the log is full") for line in lines) == 1
    assert sum("bytes were not kept" in line for line in lines) == 1
    assert lines[-1] == "it failed for this"


async def test_a_line_without_an_end_is_cut(bench: Bench) -> None:
    _, output = await bench.run("print('x' * 90_000, end='')")
    assert [len(line) for line in output.splitlines()] == [65_536, 90_000 - 65_536]


async def test_sigterm_reaches_the_program_itself(bench: Bench) -> None:
    running = await bench.start(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('saved'), sys.exit(3)))\n"
        "print('ready')\n"
        "time.sleep(60)\n"
    )
    await until(lambda: (bench.run_folder / "output.log").exists() and "ready" in bench.output())
    running.terminate()
    end = await running.wait()
    assert end is not None
    assert end.code == 3
    assert bench.output().endswith("saved")


async def test_a_program_that_ignores_sigterm_is_killed_with_its_children(bench: Bench) -> None:
    running = await bench.start(
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.fork()\nos.setsid() if 0 else 0\n"
        "print('ready')\ntime.sleep(600)\n"
    )
    await until(lambda: (bench.run_folder / "output.log").exists() and "ready" in bench.output())
    running.terminate()
    waiting = asyncio.ensure_future(running.wait())
    done, _ = await asyncio.wait({waiting}, timeout=0.5)
    assert not done
    running.kill()
    end = await waiting
    assert end is not None
    assert end.code == 128 + signal.SIGKILL


async def test_a_run_is_found_again_by_its_folder_and_is_never_run_twice(bench: Bench) -> None:
    code = "import time; print('once'); time.sleep(0.5)"
    await bench.start(code)
    again = await bench.start(code)
    found = bench.sandbox.adopt(bench.run_folder)
    assert found is not None
    assert (await found.wait()) == (await again.wait())
    assert bench.output() == "once"
    await bench.start(code)
    assert bench.output() == "once"


async def test_a_run_whose_keeper_was_killed_is_lost_and_its_program_is_gone(bench: Bench) -> None:
    running = await bench.start("import time; print('ready'); time.sleep(600)")
    await until(lambda: (bench.run_folder / "output.log").exists() and "ready" in bench.output())
    os.kill(kept.keeper_of(bench.run_folder), signal.SIGKILL)
    assert await running.wait() is None
    groups = json.loads((bench.run_folder / "keeper.json").read_text())["groups"]

    def tidied() -> bool:
        gone = bench.sandbox.adopt(bench.run_folder) is None
        return gone and not any(Path(group).exists() for group in groups)

    await until(tidied)


async def test_the_keeper_ends_a_program_that_runs_too_long_where_no_factory_does(bench: Bench) -> None:
    end, _ = await bench.run("import time; time.sleep(600)", seconds=0.3)
    assert end.reason == "time"


async def test_a_program_that_cannot_be_started_says_so(bench: Bench) -> None:
    command = bench.command("")
    running = await bench.sandbox.start(type(command)(bench.run_folder, ("/nowhere",), user=command.user))
    end = await running.wait()
    assert end is not None
    assert end.code == 127
    assert "cannot be started" in bench.output()


async def test_what_this_machine_can_isolate_is_said_in_one_line(sandbox: Sandbox) -> None:
    assert sandbox.isolation.confined
    assert "bubblewrap" in str(sandbox.isolation)


async def test_a_machine_without_bubblewrap_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usina.engine.sandbox.bubblewrap.find_bubblewrap", lambda: None)
    found, isolation = await detect(SystemClock())
    assert found is None
    assert isinstance(isolation, Isolation)
    assert "install" in str(isolation)


async def test_no_program_runs_where_its_bounds_cannot_be_set(bench: Bench) -> None:
    groups = Groups(1, {"memory": bench.run_folder / "keeper.json", "pids": bench.shared})
    sandbox = Bubblewrap(find_bubblewrap() or "", groups, bench.sandbox.isolation, SystemClock())
    running = await sandbox.start(bench.command("print('ran')"))
    end = await running.wait()
    assert end is not None
    assert end.reason == "unable"
    assert bench.output() == ""


async def test_a_program_whose_folder_is_taken_away_ends_as_nobody_will_ask_for_it(bench: Bench) -> None:
    confined = await bench.start("import time; print('ready', flush=True); time.sleep(600)")
    await until(lambda: "ready" in bench.output())
    keeper = Path(f"/proc/{kept.keeper_of(bench.run_folder)}")
    shutil.rmtree(bench.run_folder)
    await until(lambda: not keeper.exists() or "zombie" in (keeper / "status").read_text(), 30.0)
    assert await confined.wait() is None
