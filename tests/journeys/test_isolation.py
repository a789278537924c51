"""The whole factory and all its journeys in a network namespace: not one packet tries to leave."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Journeys that say nothing to others: killed factories, and clients that other journeys have said the same with.
SAID_BEFORE = (
    "test_kills",
    "test_addresses",
    "test_sagemaker_page",
    "test_the_readme_trains",
    "test_a_tuner",
    "test_a_processor",
)
UNSHARE = ["unshare", "--net", "--mount", "--propagation", "private"]


def why_not() -> str:
    """Why it cannot be tried here; empty where it can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "making a network namespace needs root"
    for tool in ("ip", "unshare", "mount"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    tried = subprocess.run([*UNSHARE, "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else f"this kernel or container allows no namespace: {tried.stderr.decode()}"


def isolated(*command: str) -> dict[str, object]:
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.journeys.isolation", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=900,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert report["catches"] is True, "the catcher does not see what is sent"
    return report


@pytest.mark.root
def test_the_journeys_pass_without_one_packet_trying_to_leave() -> None:
    if reason := why_not():
        pytest.skip(reason)
    journeys = [sys.executable, "-m", "pytest", "tests/journeys", "-q", "-m", "not root", "-p", "no:cacheprovider"]
    report = isolated(*journeys, "-k", f"not ({' or '.join(SAID_BEFORE)})")
    assert report["status"] == 0, report["output"]
    assert report["caught"] == [], report["caught"]


@pytest.mark.root
def test_a_program_that_looks_up_a_name_is_caught() -> None:
    if reason := why_not():
        pytest.skip(reason)
    lookup = "import socket\ntry: socket.getaddrinfo('www.example.com', 443)\nexcept OSError: pass"
    report = isolated(sys.executable, "-c", lookup)
    assert "192.0.2.53" in str(report["caught"])
