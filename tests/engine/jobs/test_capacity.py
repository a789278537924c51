"""Room on the machine, and the table of instance types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from usina.core.errors import OperatorError
from usina.core.jobs import InstanceType
from usina.engine.jobs.capacity import Floor, machine, read_instances

if TYPE_CHECKING:
    from pathlib import Path

SMALL, LARGE = InstanceType("small", 1, 10), InstanceType("large", 4, 10)


def test_the_first_in_the_queue_goes_first_and_nobody_overtakes() -> None:
    floor = Floor(InstanceType("machine", 4, 100))
    assert floor.take(("a", "1"), SMALL).is_set()
    large = floor.take(("a", "2"), LARGE)
    small = floor.take(("a", "3"), SMALL)
    assert not large.is_set()
    assert not small.is_set()
    assert floor.place(("a", "3")) == 1
    floor.let_go(("a", "1"))
    assert large.is_set()
    assert not small.is_set()
    floor.let_go(("a", "2"))
    assert small.is_set()


def test_one_that_leaves_the_queue_makes_way() -> None:
    floor = Floor(InstanceType("machine", 4, 100))
    floor.take(("a", "1"), SMALL)
    floor.take(("a", "2"), LARGE)
    small = floor.take(("a", "3"), SMALL)
    floor.let_go(("a", "2"))
    assert small.is_set()


def test_what_is_used_already_counts_after_a_restart() -> None:
    floor = Floor(InstanceType("machine", 4, 100))
    floor.hold(("a", "1"), LARGE)
    assert not floor.take(("a", "2"), SMALL).is_set()


def test_memory_and_accelerators_bound_as_cores_do() -> None:
    floor = Floor(InstanceType("machine", 4, 100, 1))
    assert floor.fits(InstanceType("x", 4, 100, 1))
    assert not floor.fits(InstanceType("x", 1, 101))
    assert not floor.fits(InstanceType("x", 1, 1, 2))


def test_the_shipped_table_is_read_and_a_sites_own_takes_its_place(tmp_path: Path) -> None:
    assert read_instances(tmp_path)["ml.m5.large"] == InstanceType("ml.m5.large", 2, 8 << 30)
    (tmp_path / "instances.toml").write_text("[ml.m5.large]\ncores = 1\nmemory_gb = 0.5\n")
    assert read_instances(tmp_path) == {"ml.m5.large": InstanceType("ml.m5.large", 1, 1 << 29)}


@pytest.mark.parametrize("text", ["[ml.m5", "[ml.m5.large]\ncores = 1\n", "[ml.m5.large]\ncores=1\nmemory_gb=1\nx=1\n"])
def test_a_table_that_is_wrong_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "instances.toml").write_text(text)
    with pytest.raises(OperatorError, match="instances"):
        read_instances(tmp_path)


def test_the_machine_has_cores_and_memory() -> None:
    assert machine().cores >= 1
    assert machine().memory_bytes > 1 << 27


def test_there_is_room_only_for_what_fits_and_where_nobody_waits() -> None:
    floor = Floor(InstanceType("machine", 4, 100))
    assert floor.has_room(LARGE)
    floor.take(("a", "1"), SMALL)
    assert floor.has_room(SMALL)
    assert not floor.has_room(LARGE)
    floor.take(("a", "2"), LARGE)
    assert floor.waiting == 1
    assert not floor.has_room(SMALL)
