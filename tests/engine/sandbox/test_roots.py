"""Programs in the root file system of an image, built here from the machine's own files."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.waiting import until
from usina.core.clock import SystemClock
from usina.core.errors import EngineError
from usina.engine.sandbox import Relay, Server
from usina.engine.sandbox.attempts import read_attempts
from usina.engine.sandbox.roots import interpreter
from usina.engine.sandbox.unsafe import UnsafeNoSandbox

if TYPE_CHECKING:
    import asyncio

    from tests.engine.sandbox.conftest import Bench
    from usina.engine.sandbox import Command, End

PROGRAMS = ("/bin/sh", "/bin/cat", "/bin/ls", "/bin/id", "/usr/bin/test", "/usr/bin/getent", "/bin/sleep")


def copied(root: Path, path: str) -> None:
    """A file of the machine at the same path of the root."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copy(os.path.realpath(path), target)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small image: a shell, a few programs and the libraries that they load; no Python."""
    made = tmp_path / "image"
    for program in PROGRAMS:
        copied(made, program)
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for word in listed.split():
            if word.startswith("/"):
                copied(made, word)
    for extra in ("/lib/x86_64-linux-gnu/libnss_dns.so.2", "/lib/x86_64-linux-gnu/libnss_files.so.2"):
        if Path(extra).exists():
            copied(made, extra)
    (made / "etc").mkdir()
    (made / "etc" / "os-release").write_text("ID=tiny\n")
    (made / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\nusina:x:9:9::/:\n")
    (made / "etc" / "hosts").write_text("203.0.113.9 localhost\n")
    (made / "etc" / "nsswitch.conf").write_text("hosts: files dns\n")
    for name in ("proc", "tmp", "opt/app", "var", "root"):
        (made / name).mkdir(parents=True)
    (made / "opt" / "app" / "version").write_text("7\n")
    (made / "app").symlink_to("/opt/app")
    return made


def opened(root: Path) -> list[Path]:
    """All that is in it, open to everybody."""
    found = sorted(root.rglob("*"))
    for path in (root, *found):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o777)
    return found


def command(bench: Bench, root: Path, script: str) -> Command:
    made = bench.command("")
    return replace(made, argv=("/bin/sh", "-c", script), root=root, environment={"PATH": "/usr/bin:/bin"})


async def ran(bench: Bench, wanted: Command) -> tuple[End, list[str]]:
    end = await (await bench.sandbox.start(wanted)).wait()
    assert end is not None
    return end, bench.output().splitlines()


async def test_a_program_sees_the_image_in_the_place_of_the_machine(bench: Bench, root: Path) -> None:
    end, output = await ran(
        bench,
        command(
            bench,
            root,
            "cat /etc/os-release /app/version; id -u; id -un; id -u app;"
            "ls /; ls /opt; cat /etc/hosts; echo to-keep > /opt/ml/model/out;"
            "test -e /usr/bin/python3 || echo no python",
        ),
    )
    assert end.code == 0, output
    assert output[:2] == ["ID=tiny", "7"]
    assert int(output[2]) not in {0, os.geteuid()}
    assert output[3:5] == ["usina", "1000"]
    listed = output[5:]
    assert {"app", "bin", "dev", "etc", "opt", "proc", "run", "tmp", "usina", "usr", "var"} <= set(listed)
    assert {"ml", "app"} <= set(listed)
    assert "home" not in listed
    assert "127.0.0.1 localhost algo-1" in listed
    assert listed[-1] == "no python"
    assert (bench.shared / "out").read_text() == "to-keep\n"
    assert not (root / "opt" / "ml").exists()


async def test_nothing_of_an_image_can_be_written(bench: Bench, root: Path) -> None:
    before = opened(root)
    _, output = await ran(
        bench,
        command(
            bench,
            root,
            "for place in / /etc /opt /opt/app /var /root /usina /dev; do"
            " echo x > $place/new || echo refused; done 2>&-;"
            "for place in /tmp /run /var/tmp /dev/shm; do echo x > $place/new && echo written; done",
        ),
    )
    assert output == ["refused"] * 8 + ["written"] * 4
    assert opened(root) == before


async def test_its_ways_in_and_out_are_those_of_any_program(bench: Bench, root: Path, short_path: Path) -> None:
    """The image has no Python; a copy of the machine's in a folder of its own stands for its program."""
    import asyncio

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"door says " + await reader.read())
        writer.close()

    (short_path / "door").mkdir()
    (short_path / "door").chmod(0o755)
    listener = await asyncio.start_unix_server(door, str(short_path / "door" / "door.sock"))
    (short_path / "door" / "door.sock").chmod(0o666)
    asks = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 9000)); print('ready', flush=True)\n"
        "one, _ = server.accept()\n"
        "out = socket.create_connection(('127.0.0.1', 8080))\n"
        "out.sendall(one.recv(100)); out.shutdown(1)\n"
        "one.sendall(out.recv(100)); one.close()\n"
        "try: socket.create_connection(('203.0.113.9', 80))\n"
        "except OSError: pass\n"
    )
    python = "/usina/python/ld.so --library-path /usina/python/libraries /usina/python/bin/" + Path(interpreter()).name
    made = command(bench, root, f'exec {python} -I -S -c "{asks}"')
    running = await bench.sandbox.start(
        replace(
            made,
            relays=(Relay(8080, short_path / "door" / "door.sock"),),
            servers=(Server(9000, short_path / "in.sock"),),
        )
    )
    await until(lambda: (bench.run_folder / "output.log").exists() and "ready" in bench.output())
    reader, writer = await asyncio.open_unix_connection(str(short_path / "in.sock"))
    writer.write(b"hello")
    assert await reader.read() == b"door says hello"
    writer.close()
    await running.wait()
    listener.close()
    if not bench.sandbox.isolation.unrecorded:
        assert [each.address for each in read_attempts(bench.run_folder)] == ["203.0.113.9"]


async def test_a_link_in_an_image_leads_no_mount_elsewhere(bench: Bench, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(root / "opt")
    (root / "opt").symlink_to(outside)
    with pytest.raises(EngineError) as refused:
        await bench.sandbox.start(command(bench, root, "echo ran"))
    assert "/opt is no folder" in refused.value.message
    assert list(outside.iterdir()) == []


async def test_an_images_accounts_are_read_from_the_image_alone(bench: Bench, root: Path) -> None:
    (root / "etc" / "passwd").unlink()
    (root / "etc" / "passwd").symlink_to("/etc/passwd")
    _, output = await ran(bench, command(bench, root, "cat /etc/passwd"))
    assert [line.split(":")[0] for line in output] == ["usina"]


async def test_links_that_nothing_is_mounted_under_lead_within_the_image(
    bench: Bench, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("of the site")
    (root / "var" / "secret").symlink_to(tmp_path / "secret")
    (root / "root" / "out").symlink_to("/../../../../etc/os-release")
    _, output = await ran(bench, command(bench, root, "cat /var/secret 2>&- || echo refused; cat /root/out"))
    assert output == ["refused", "ID=tiny"]


async def test_a_program_that_gives_itself_the_rights_of_an_images_owner_gets_none(bench: Bench, root: Path) -> None:
    (root / "bin" / "id").chmod(0o6755)
    _, output = await ran(bench, command(bench, root, "id -u; id -g"))
    assert "0" not in output


async def test_a_program_that_an_image_has_not_is_said(bench: Bench, root: Path) -> None:
    end, output = await ran(bench, replace(command(bench, root, ""), argv=("python", "train.py")))
    assert end.code == 127
    assert "python cannot be started: No such file" in output[0]


async def test_an_image_that_is_gone_is_refused(bench: Bench, root: Path) -> None:
    with pytest.raises(EngineError) as refused:
        await bench.sandbox.start(command(bench, root / "missing", "echo ran"))
    assert "image cannot be used" in refused.value.message


async def test_without_a_sandbox_an_image_is_refused(bench: Bench, root: Path) -> None:
    with pytest.raises(EngineError) as refused:
        await UnsafeNoSandbox(SystemClock()).start(command(bench, root, "echo ran"))
    assert "--unsafe-no-sandbox" in refused.value.message


async def test_processes_share_memory_and_locks(bench: Bench) -> None:
    end, output = await bench.run(
        "import multiprocessing\n"
        "def work(value):\n"
        "    with value.get_lock(): value.value += 1\n"
        "value = multiprocessing.Value('i', 0)\n"
        "context = multiprocessing.get_context('fork')\n"
        "made = [context.Process(target=work, args=(value,)) for _ in range(3)]\n"
        "[each.start() for each in made]; [each.join() for each in made]\n"
        "print(value.value)\n"
    )
    assert (end.code, output) == (0, "3")
