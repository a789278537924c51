"""Connections leave the factory by its one door: every other place that could open one is here, with its reason."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "usina"
DOOR = "sovereignty/egress/"

# What opens a connection to another machine, or could. Unix sockets stay on this one.
OPENS = {
    "open_connection",
    "create_connection",
    "create_datagram_endpoint",
    "sock_connect",
    "socket",
    "HTTPConnection",
    "HTTPSConnection",
    "urlopen",
    "create_client",
    "PoolManager",
}
MODULES = {"httpx", "requests", "aiohttp", "urllib.request", "ftplib", "smtplib", "xmlrpc", "paramiko", "websockets"}
ALLOWED = {
    "client/connection.py": "a client of the front door, in a process of its own",
    "client/provider.py": "signs a person in at the identity provider, from the person's own machine",
    "cli/client_kit.py": "a client of the front door, in a process of its own",
    "door/listeners.py": "asks its own port whether it listens",
    "engine/jobs/door.py": "leads programs to the factory's own front door",
    "engine/sandbox/beside.py": "listens for programs on the loopback of their own namespace",
    "engine/sandbox/switchboard.py": "leads programs to the factory's own front door",
    "engine/sandbox/tunnel.py": "speaks to the kernel of their own namespace",
    "engine/serving/inside/server.py": "listens on a Unix socket, inside the sandbox",
    "stores/objects/external.py": "its client is given to the door before it asks anything",
}


def openers() -> dict[str, set[str]]:
    """File -> what it calls or imports that opens connections."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith(("testing/", DOOR)):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            said: set[str] = set()
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                said = {called} & OPENS
            elif isinstance(node, ast.Import):
                said = {alias.name for alias in node.names} & MODULES
            elif isinstance(node, ast.ImportFrom) and node.module:
                said = {node.module} & MODULES
            if said:
                found.setdefault(name, set()).update(said)
    return found


def test_no_other_place_opens_a_connection() -> None:
    others = {name: sorted(said) for name, said in openers().items() if name not in ALLOWED}
    assert not others, "let it go out by the port core.egress.Egress"


def test_every_exception_is_still_one() -> None:
    stale = ALLOWED.keys() - openers().keys()
    assert not stale, f"take these out of the list: {sorted(stale)}"


def test_what_would_open_one_is_seen() -> None:
    found = openers()
    assert found["client/connection.py"] >= {"HTTPSConnection", "create_client"}
    assert "socket" in found["engine/sandbox/switchboard.py"]
