"""The commands that other tools rely on are there; what they install is pinned by hash and names no registry."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
LISTS = sorted((ROOT / "src/usina/engine/images/locks").glob("*.lock"))
URL = re.compile(r"\w+://")


@pytest.mark.parametrize(
    "target", ["up", "test", "check", "bench", "docs", "conformance", "fuzz", "crash", "lock", "clean"]
)
def test_a_command_of_the_contract_is_there_and_described(target: str) -> None:
    assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE)


def test_continuous_integration_checks_and_then_runs_the_readmes_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = [line for line in script.read_text("utf-8").splitlines() if line.startswith("make ")]
    assert lines == ["make check", "make test"]
    assert "make test" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("lock", [*LOCKS, *LISTS], ids=lambda lock: lock.stem)
def test_every_locked_package_has_a_hash_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    packages = re.split(r"^(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)[1:]
    assert packages
    assert not [package.split()[0] for package in packages if "==" not in package or "--hash=sha256:" not in package]
    assert not URL.search(text)


def test_the_javascript_lock_names_no_registry() -> None:
    packages = json.loads((ROOT / "tests/journeys/javascript/package-lock.json").read_text("utf-8"))["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert not [name for name, package in installed.items() if "resolved" in package or "integrity" not in package]


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = {"base": project["project"]["dependencies"], **project["dependency-groups"]}
    for group, requirements in groups.items():
        locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / f"requirements/{group}.lock").read_text(), re.MULTILINE))
        wanted = {re.split(r"[\[<>=!~ ;]", item)[0].lower().replace("_", "-") for item in requirements}
        assert wanted <= locked, f"run `make lock`: {sorted(wanted - locked)}"


def test_nothing_that_is_installed_brings_torch_or_a_second_inference_engine() -> None:
    heavy = {"torch", "llama-cpp-python", "transformers", "sentence-transformers", "vllm", "tensorflow"}
    for lock in LOCKS:
        if lock.stem != "bench":
            assert not heavy & set(re.findall(r"^([a-z0-9._-]+)==", lock.read_text("utf-8"), re.MULTILINE))
