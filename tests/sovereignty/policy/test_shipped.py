"""The policies a new site begins with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from usina.core.errors import OperatorError
from usina.services import operations
from usina.sovereignty.policy import Policy, install_shipped
from usina.sovereignty.policy.shipped import shipped
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path

ROLES = {"administrator", "tenant-administrator", "operator", "developer", "auditor"}


def test_a_new_site_gets_a_copy_of_every_shipped_policy(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "policies"
    assert install_shipped(folder) == sorted(shipped())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == shipped()


def test_a_site_that_has_policies_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.cedar").write_text("// mine")
    assert install_shipped(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["mine.cedar"]


def test_a_folder_that_cannot_be_made_is_said_to_the_operator(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="Make it writable"):
        install_shipped(tmp_path / "file" / "policies")


def test_the_shipped_policies_fit_what_is_served(tmp_path: Path) -> None:
    install_shipped(tmp_path)
    policy = Policy.load(tmp_path, operations(), VirtualClock())
    assert policy.status.policy_count > len(ROLES)
    assert "Converse" in policy.schema


def test_every_shipped_file_begins_with_its_reason_and_names_its_policies_after_itself() -> None:
    for name, data in shipped().items():
        text = data.decode()
        assert text.startswith("// "), name
        assert all(found.startswith(name.removesuffix("cedar")) for found in re.findall(r'@id\("([^"]+)"\)', text)), (
            name
        )


def test_every_site_role_has_its_file() -> None:
    text = b"".join(shipped().values()).decode()
    signing_in = {"person"}  # who signs in is in it until he has a session; no key is made for it
    assert set(re.findall(r'Usina::Role::"([^"]+)"', text)) == ROLES | signing_in
