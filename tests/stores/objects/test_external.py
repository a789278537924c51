"""The address of an external store: one setting, whose secret is told to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from usina.core.errors import OperatorError
from usina.core.settings import Settings, load_settings
from usina.stores.objects.external import Address, ExternalContents

if TYPE_CHECKING:
    from pathlib import Path

SETTING = "http://AKIAEXAMPLE:s%2Fecret@10.0.0.5:8333/content"


def test_an_address_is_taken_apart() -> None:
    assert Address.parse(SETTING) == Address("http://10.0.0.5:8333", "content", "AKIAEXAMPLE", "s/ecret")


@pytest.mark.parametrize(
    "text",
    [
        "ftp://a:secret@host/b",
        "http://host/b",
        "http://a@host/b",
        "http://a:secret@host",
        "http://a:secret@host/b/c",
        "secret",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(OperatorError) as refused:
        Address.parse(text)
    assert "secret@" not in str(refused.value)


def test_the_setting_is_read_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(f'[objects]\nstore = "{SETTING}"\n')
    settings: Settings = load_settings({"home": tmp_path})
    assert settings.objects_store == SETTING
    assert "ecret" not in repr(settings)


def test_a_store_that_does_not_answer_is_said_at_the_start(tmp_path: Path) -> None:
    contents = ExternalContents(Address.parse("http://a:b@127.0.0.1:9/content"), "us-east-1", tmp_path, lambda _: None)
    with pytest.raises(OperatorError, match="does not answer"):
        contents.prepare()
