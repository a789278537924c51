"""Where connections may lead: what is named and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from usina.core.egress import Purpose
from usina.core.errors import OperatorError
from usina.sovereignty.egress import Destinations

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: Mapping[str, Any] = {
    "cloud": ["bedrock.example.com", "10.1.2.3:8443", "[2001:db8::1]:443"],
    "engine": ["10.0.0.0/8", "192.168.0.0/16:8000", "2001:db8::/32"],
}


@pytest.mark.parametrize(
    ("purpose", "host", "port", "allowed"),
    [
        ("cloud", "bedrock.example.com", 443, True),
        ("cloud", "Bedrock.Example.COM", 443, True),
        ("cloud", "bedrock.example.com", 444, False),
        ("cloud", "xbedrock.example.com", 443, False),
        ("cloud", "bedrock.example.com.evil.example", 443, False),
        ("cloud", "10.1.2.3", 8443, True),
        ("cloud", "::ffff:10.1.2.3", 8443, True),
        ("cloud", "10.1.2.4", 8443, False),
        ("cloud", "2001:db8::1", 443, True),
        ("cloud", "2001:db8::2", 443, False),
        ("engine", "10.200.0.1", 1, True),
        ("engine", "192.168.3.4", 8000, True),
        ("engine", "192.168.3.4", 8001, False),
        ("engine", "2001:db8:1::7", 80, True),
        ("engine", "11.0.0.1", 80, False),
        ("engine", "bedrock.example.com", 443, False),
        ("identity-provider", "10.1.2.3", 8443, False),
    ],
)
def test_a_destination_is_allowed_for_the_purpose_that_names_it(
    purpose: str, host: str, port: int, allowed: bool
) -> None:
    assert Destinations.read(TABLE).allow(Purpose(purpose), host, port) is allowed


def test_nothing_is_allowed_where_nothing_is_named() -> None:
    for purpose in Purpose:
        assert not Destinations.read({}).allow(purpose, "10.0.0.1", 443)


def test_what_another_setting_names_is_allowed_beside() -> None:
    found = Destinations.read(TABLE, {Purpose.OBJECT_STORE: ["10.9.9.9:8333"]})
    assert found.allow(Purpose.OBJECT_STORE, "10.9.9.9", 8333)
    assert found.allow(Purpose.CLOUD, "10.1.2.3", 8443)


@pytest.mark.parametrize(
    "entry",
    ["example.com:0", "example.com:70000", "*:443", "", ":443", "10.0.0.0/33", "10.0.0.1/8:1",
     "a b:1", "https://example.com:443", "exämple.com:443", "10.0.0.1:x"],
)  # fmt: skip
def test_what_is_no_destination_is_said_with_how_to_write_one(entry: str) -> None:
    with pytest.raises(OperatorError, match="write HOST"):
        Destinations.read({"cloud": [entry]})


@pytest.mark.parametrize("table", [{"internet": ["a.example:1"]}, {"cloud": "a.example:1"}, {"cloud": [1]}])
def test_an_unknown_purpose_or_no_list_is_refused(table: Any) -> None:
    with pytest.raises(OperatorError, match=r"\[egress\]"):
        Destinations.read(table)
