from __future__ import annotations

import base64
import hashlib
import shutil
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.errors import OperatorError
from usina.sovereignty.evidence.bill import software_bill
from usina.sovereignty.installed import DIGEST_PROPERTY, check_installed, digest, read_bill

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path, name: str, files: dict[str, bytes], version: str = "1.0") -> None:
    """A package as pip leaves it."""
    info = f"{name}-{version}.dist-info"
    all_files = {**files, f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()}
    lines = []
    for path, content in all_files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        value = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={value},{len(content)}\n")
    (folder / info / "RECORD").write_text("".join(lines) + f"{info}/RECORD,,\n")


def packages(folder: Path) -> list[metadata.Distribution]:
    return list(metadata.distributions(path=[str(folder)]))


def bill(folder: Path) -> dict[str, Any]:
    return {
        "components": [
            {
                "name": package.metadata["Name"],
                "version": package.version,
                "properties": [{"name": DIGEST_PROPERTY, "value": digest(package)}],
            }
            for package in packages(folder)
        ]
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site-packages"
    install(site, "one", {"one/__init__.py": b"x = 1\n", "one/data.json": b"{}"})
    install(site, "two", {"two.py": b"y = 2\n"})
    return site


def test_what_was_installed_is_whole(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    found = check_installed(packages(folder), bill(folder), lambda done, total: told.append((done, total)))
    assert (found.ok, found.packages, found.files, found.unrecorded) == (True, 2, 5, [])
    assert told == [(1, 2), (2, 2)]


def test_a_changed_or_missing_file_is_named(folder: Path) -> None:
    (folder / "one" / "data.json").write_bytes(b"[]")
    (folder / "two.py").unlink()
    wrong = dict(check_installed(packages(folder)).wrong)
    assert wrong.keys() == {"one/data.json", "two.py"}
    assert "is not the file that one brought" in wrong["one/data.json"]
    assert "cannot be read" in wrong["two.py"]


@pytest.mark.parametrize("name", ["sly.pth", "one/sly.py", "json.so"])
def test_a_file_that_no_package_brought_and_python_would_load_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"import os\n")
    assert check_installed(packages(folder)).wrong == [(name, "no package brought it")]


def test_a_list_that_was_changed_with_its_file_does_not_fit_the_kept_bill(folder: Path) -> None:
    kept = bill(folder)
    install(folder, "two", {"two.py": b"y = 'sly'\n"})
    assert check_installed(packages(folder)).ok
    found = check_installed(packages(folder), kept)
    assert found.wrong == [("two 1.0", "its list of files is not the one in the kept bill of materials")]


def test_packages_that_came_went_or_lost_their_hashes_do_not_fit_the_kept_bill(folder: Path) -> None:
    kept = bill(folder)
    install(folder, "three", {"three.py": b""})
    shutil.rmtree(folder / "two-1.0.dist-info")
    (folder / "two.py").unlink()
    (folder / "one-1.0.dist-info" / "RECORD").unlink()
    found = check_installed(packages(folder), kept)
    assert found.unrecorded == ["one"]
    wrong = dict(found.wrong)
    assert "not in the kept bill" in wrong["three 1.0"]
    assert "not installed" in wrong["two 1.0"]
    assert "list of files" in wrong["one 1.0"]


def test_a_hash_of_a_weak_kind_is_not_trusted(folder: Path) -> None:
    record = folder / "two-1.0.dist-info" / "RECORD"
    record.write_text(record.read_text().replace("two.py,sha256=", "two.py,md5="))
    assert any("not trusted" in problem for _, problem in check_installed(packages(folder)).wrong)


def test_a_package_says_the_same_wherever_it_is_installed(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    install(other, "two", {"two.py": b"y = 2\n"})
    info = other / "two-1.0.dist-info"
    with (info / "RECORD").open("a") as record:
        record.write("../../bin/two,sha256=AAAA,1\ntwo-1.0.dist-info/INSTALLER,sha256=BBBB,4\n__pycache__/two.pyc,,\n")
    assert digest(packages(other)[0]) == next(digest(each) for each in packages(folder) if each.name == "two")


@pytest.mark.parametrize("kept", [{}, {"components": 1}, {"components": [1]}, {"components": [{"name": "one"}]}],
                         ids=["empty", "number", "numbers", "no-version"])  # fmt: skip
def test_what_is_no_bill_is_refused(folder: Path, kept: dict[str, Any]) -> None:
    with pytest.raises(OperatorError, match="none that `usina sbom` wrote"):
        check_installed(packages(folder), kept)


def test_a_bill_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bill.json"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(OperatorError, match="too large"):
        read_bill(path)


def test_the_bill_of_what_runs_has_the_digest_of_each_package_that_brought_hashes() -> None:
    found = {each["name"]: each.get("properties") for each in software_bill()["components"]}
    assert found["cryptography"] == [{"name": DIGEST_PROPERTY, "value": digest(metadata.distribution("cryptography"))}]
