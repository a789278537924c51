"""Nothing in the product names an address outside the site: no telemetry, no hub, no probe."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "usina"
TEXT = {".py", ".json", ".toml", ".cedar", ".ini", ".mako", ".jinja", ".txt"}
URL = re.compile(r"\b(?:https?|wss?|ftp)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)")
IP = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])")

# Names that are not addresses: namespaces of formats, and sources of facts that a docstring cites.
NOT_DIALLED = {
    "www.w3.org",  # XML and SVG namespaces
    "json-schema.org",  # name of a schema dialect
    "sts.amazonaws.com",  # XML namespace of STS answers
    "s3.amazonaws.com",  # XML namespace of S3 answers
    "docs.aws.amazon.com",  # cited in docstrings
    "smithy.io",
}
EXAMPLES = re.compile(r"(^|\.)(example(\.(com|org|net))?|localhost|internal|invalid|test)$")


def is_inside(host: str) -> bool:
    bare = host.strip("[]").rstrip(".")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return "." not in bare or bool(EXAMPLES.search(bare))
    return address.is_private or address.is_loopback or address.is_unspecified or address.is_link_local


def hosts() -> dict[str, set[str]]:
    """Every host that a file of the product names in a URL or as an IP address."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*"):
        if path.suffix in TEXT and not path.name.endswith("_types.py"):
            text = path.read_text("utf-8")
            for host in URL.findall(text) + [ip for ip in IP.findall(text) if _is_address(ip)]:
                found.setdefault(host.lower(), set()).add(path.relative_to(SOURCE).as_posix())
    return found


def _is_address(text: str) -> bool:
    return all(int(part) <= 255 for part in text.split("."))


def test_no_source_file_names_an_outside_host() -> None:
    outside = {host: files for host, files in hosts().items() if host not in NOT_DIALLED and not is_inside(host)}
    assert not outside


def test_every_exempt_name_is_still_used_or_a_namespace() -> None:
    namespaces = {"www.w3.org", "json-schema.org", "sts.amazonaws.com", "s3.amazonaws.com"}
    stale = NOT_DIALLED - namespaces - set(hosts())
    assert not stale, f"take these out of the list: {sorted(stale)}"


@pytest.mark.parametrize("host", ["8.8.8.8", "huggingface.co", "api.openai.com", "[2001:4860:4860::8888]"])
def test_an_outside_host_is_recognised(host: str) -> None:
    assert not is_inside(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.5", "[::1]", "localhost", "bedrock.example.internal"])
def test_an_inside_host_is_recognised(host: str) -> None:
    assert is_inside(host)
