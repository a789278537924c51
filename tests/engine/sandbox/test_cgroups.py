"""Control groups of both versions, over folders that look like theirs."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from usina.engine.sandbox import Bounds
from usina.engine.sandbox.cgroups import find_groups
from usina.engine.sandbox.keeper import cpu_told, make_groups, memory_told

if TYPE_CHECKING:
    from pathlib import Path

BOUNDS = Bounds(memory_bytes=1_000_000, cpu_cores=1.5, processes=7)


def test_version_1_has_a_folder_for_each_controller(tmp_path: Path) -> None:
    for controller in ("memory", "pids", "cpu"):
        (tmp_path / controller / "here").mkdir(parents=True)
    groups = find_groups(tmp_path, "3:memory:/here\n2:pids:/here\n1:cpu,cpuacct:/here\n")
    assert groups.version == 1
    assert groups
    wanted = groups.wanted("job", BOUNDS)
    assert wanted[str(tmp_path / "pids" / "here" / "usina-job")] == {"pids.max": "7"}
    assert wanted[str(tmp_path / "memory" / "here" / "usina-job")]["memory.limit_in_bytes"] == "1000000"
    assert wanted[str(tmp_path / "cpu" / "here" / "usina-job")]["cpu.cfs_quota_us"] == "150000"


def test_version_2_has_one_folder_where_controllers_are_handed_down(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("memory pids cpu")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "cgroup.controllers").write_text("memory pids cpu")
    groups = find_groups(tmp_path, "0::/here\n")
    assert groups.version == 2
    wanted = groups.wanted("job", BOUNDS)
    assert wanted == {
        str(tmp_path / "here" / "usina-job"): {
            "memory.max": "1000000",
            "memory.swap.max": "0",
            "pids.max": "7",
            "cpu.max": "150000 100000",
        }
    }


def test_where_no_group_can_be_made_none_is_wanted(tmp_path: Path) -> None:
    assert not find_groups(tmp_path, "3:memory:/nowhere\n")
    (tmp_path / "cgroup.controllers").write_text("")
    groups = find_groups(tmp_path, "0::/nowhere\n")
    assert not groups
    assert groups.wanted("job", BOUNDS) == {}


class Kernel:
    """Version 2 over a tree of files: a group with processes hands nothing down, and a process is in one group."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        monkeypatch.setattr("usina.engine.sandbox.cgroups._write", self.write)

    def group(self, path: str, *members: int, handed_down: str = "", controllers: str = "cpu memory pids") -> Path:
        folder = self.root / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.controllers").write_text(controllers)
        (folder / "cgroup.subtree_control").write_text(handed_down)
        (folder / "cgroup.procs").write_text("".join(f"{member}\n" for member in members))
        return folder

    def members(self, folder: Path) -> list[str]:
        return (folder / "cgroup.procs").read_text().split() if (folder / "cgroup.procs").exists() else []

    def write(self, path: Path, text: str) -> None:
        if path.name == "cgroup.procs":
            for other in self.root.rglob("cgroup.procs"):
                other.write_text("".join(f"{each}\n" for each in other.read_text().split() if each != text))
            path.write_text("".join(f"{each}\n" for each in [*self.members(path.parent), text]))
            return
        if path.parent != self.root and self.members(path.parent):
            raise OSError(errno.EBUSY, "Device or resource busy")
        path.write_text(text.replace("+", ""))


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel(tmp_path, monkeypatch)
    made.group("")
    return made


def test_a_factory_steps_aside_in_a_group_that_is_all_its_own(kernel: Kernel) -> None:
    folder = kernel.group("system.slice/usina.service", os.getpid())
    groups = find_groups(kernel.root, "0::/system.slice/usina.service\n")
    assert groups.folders["memory"] == folder
    assert kernel.members(folder) == []
    assert kernel.members(folder / "usina-factory") == [str(os.getpid())]


def test_a_factory_leaves_others_in_their_group_and_makes_groups_beside_it(kernel: Kernel) -> None:
    scope = kernel.group("user.slice/session-1.scope", os.getpid(), os.getppid(), controllers="memory pids")
    above = kernel.group("user.slice")
    groups = find_groups(kernel.root, "0::/user.slice/session-1.scope\n")
    assert groups.folders["pids"] == above
    assert len(kernel.members(scope)) == 2


def test_a_group_that_was_delegated_below_its_services_is_found_above(kernel: Kernel) -> None:
    kernel.group("system.slice/usina.service/factory", os.getpid(), controllers="")
    service = kernel.group("system.slice/usina.service")
    groups = find_groups(kernel.root, "0::/system.slice/usina.service/factory\n")
    assert groups.folders["memory"] == service


def test_where_neither_hands_down_none_is_wanted(kernel: Kernel) -> None:
    kernel.group("a/b", os.getpid(), os.getppid())
    kernel.group("a", 1)
    assert not find_groups(kernel.root, "0::/a/b\n")


def test_the_keeper_bounds_and_reads_groups_of_version_2(tmp_path: Path) -> None:
    folder = tmp_path / "usina-job"
    make_groups({str(folder): {"memory.max": "1000", "pids.max": "7"}})
    assert (folder / "memory.max").read_text() == "1000"
    (folder / "memory.events").write_text("low 0\noom 1\noom_kill 0\n")
    (folder / "memory.peak").write_text("999\n")
    assert memory_told([str(folder)]) == (False, 999)
    (folder / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert memory_told([str(folder)]) == (True, 999)
    (folder / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n")
    assert cpu_told([str(folder)]) == 1.5


def test_a_bound_that_cannot_be_written_is_an_error_but_for_swap(tmp_path: Path) -> None:
    folder = tmp_path / "usina-job"
    (folder / "memory.swap.max").mkdir(parents=True)
    make_groups({str(folder): {"memory.swap.max": "0"}})
    (folder / "pids.max").mkdir()
    with pytest.raises(OSError, match="directory"):
        make_groups({str(folder): {"pids.max": "7"}})
