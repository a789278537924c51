"""Control groups of both versions, over folders that look like theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.engine.sandbox import Bounds
from usina.engine.sandbox.cgroups import find_groups

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
