"""A real OpenID Connect provider beside the factory, and a browser with which people sign in there."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

import httpx
import pytest

from tests.journeys.running import free_ports, wait_until
from tests.journeys.test_javascript import FOLDER, node
from usina.core.clock import SystemClock
from usina.door.tls import ensure_tls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLIENT = "usina"


class Provider:
    """The provider while it is entered."""

    def __init__(self, folder: Path) -> None:
        if not (FOLDER / "node_modules" / "oidc-provider").is_dir():
            pytest.skip("the identity provider is not installed: `make test` runs `npm ci` for it")
        self._folder = folder
        self._node = node()
        self.port = free_ports()[0]
        self.issuer = f"https://localhost:{self.port}"
        self.authority = folder / "keys" / "ca.pem"
        self.log = folder / "provider.log"

    def __enter__(self) -> Self:
        tls = ensure_tls(self._folder / "keys", ["localhost", "127.0.0.1", "::1"], SystemClock())
        self.authority = tls.authority
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin, with new keys: as a provider does that changed them."""
        keys = self._folder / "keys"
        command = [self._node, "provider.mjs", str(keys / "door.pem"), str(keys / "door-key.pem"), str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: "ready" in self.log.read_text(), 60, "the identity provider answers")

    def stop(self) -> None:
        """End."""
        self.process.terminate()
        self.process.wait(30)

    def client(self) -> httpx.Client:
        """Something that trusts it."""
        return httpx.Client(verify=ssl.create_default_context(cafile=str(self.authority)), trust_env=False)

    def people(self, people: Mapping[str, Mapping[str, Any]]) -> None:
        """Tell it who there is: all others are gone."""
        with self.client() as client:
            assert client.post(f"{self.issuer}/people", content=json.dumps(people)).status_code == 200

    def workload_token(self) -> str:
        """A token for a workload, which is not a person."""
        with self.client() as client:
            answer = client.post(
                f"{self.issuer}/token", auth=("workload", "workload-secret"), data={"grant_type": "client_credentials"}
            )
            return str(answer.json()["access_token"])


@dataclass
class _Form:
    action: str
    fields: dict[str, str]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(_Form(given.get("action", ""), {}))
        elif tag == "input" and self.found and given.get("name"):
            self.found[-1].fields[given["name"]] = given.get("value", "")


def browse(provider: Provider, address: str, who: str, password: str = "anything") -> str:
    """A person who signs in as `who`, agrees to everything, and reads the last page."""
    with provider.client() as client:
        answer = client.get(address)
        for _ in range(30):
            if answer.is_redirect:
                answer = client.get(urljoin(str(answer.url), answer.headers["location"]))
                continue
            forms = _Forms()
            forms.feed(answer.text)
            if not forms.found:
                return answer.text
            form = forms.found[0]
            fields = {**form.fields}
            if "login" in fields:
                fields |= {"login": who, "password": password}
            answer = client.post(urljoin(str(answer.url), form.action), data=fields)
    raise AssertionError("the provider never came to an end")


def address_in(text: str) -> str:
    """The first address that is written there."""
    found = re.search(r"https://\S+", text)
    assert found is not None, text
    return found[0].rstrip(",")
