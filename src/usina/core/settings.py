"""What the operator sets: flags over environment over `site.toml` over defaults. The only reader of the environment.

`site.toml`, all of it optional:

    [site]
    name = "usina"          # name of the site, in the ledger and in policy
    region = "us-east-1"    # region of every ARN
    account = "123456789012"  # the first tenant's account id; only read at the first start

    [door]
    host = "127.0.0.1"
    port = 8080             # cleartext, HTTP/1.1 and HTTP/2 with prior knowledge
    tls_port = 8443         # TLS, HTTP/1.1 and HTTP/2 by ALPN
    hostnames = ["bedrock.example.internal"]  # further names in the TLS certificate
    metrics_networks = ["127.0.0.0/8", "::1/128"]  # who may read /metrics

    [objects]
    store = ""              # empty: files of this home; else http[s]://ACCESS_KEY:SECRET_KEY@HOST[:PORT]/BUCKET of an
                            # S3 store inside the site, which then holds the content of objects

    [images]
    folder = ""             # where images of jobs lie; several homes may share it. Default: images in the home
    wheels = ""             # absolute path of a folder of wheels: jobs may then have images installed on first use
    index = ""              # the same from a package index inside the site: https://[NAME:PASSWORD@]HOST/simple

    [identity]
    authorities = ""        # PEM file of authorities of identity providers, to trust beside the machine's own

    [people]                # who signs in through an identity provider
    issuer = ""             # https://...; empty: nobody signs in
    client_id = ""          # this site's client there
    groups_claim = "groups"  # member of the ID token that holds the person's groups
    session_seconds = 3_600  # longest session: so long somebody has one whom the provider knows no more

    [egress]                # where connections may leave to; nothing unless it is named
    cloud = []              # HOST[:PORT], NUMBER[:PORT] (443 where none is said) or NETWORK/BITS[:PORT]; the other
                            # purposes: engine, object-store, identity-provider

    [limits]                # any field of usina.core.limits.Limits
    [engine]                # any field of usina.engine's settings
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.errors import OperatorError
from usina.core.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCOUNT_DIGITS = 12
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator can set, checked."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 8080
    tls_port: int = 8443
    hostnames: tuple[str, ...] = ()
    metrics_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    site_name: str = "usina"
    region: str = "us-east-1"
    account: str = ""  # empty: chosen by chance at the first start
    objects_store: str = field(default="", repr=False)  # holds a secret
    images_folder: str = ""  # empty: images in the home
    images_wheels: str = ""
    images_index: str = field(default="", repr=False)  # may hold a secret
    identity_authorities: str = ""
    people_issuer: str = ""
    people_client_id: str = ""
    people_groups_claim: str = "groups"
    people_session_seconds: int = 3_600
    limits: Limits = field(default_factory=Limits)
    engine: Mapping[str, Any] = field(default_factory=dict)
    egress: Mapping[str, Any] = field(default_factory=dict)
    unsafe_no_sandbox: bool = False  # by a flag only: no file and no variable says it

    @property
    def client_folder(self) -> Path:
        """Where the client kit of this machine is written."""
        return self.home / "client"


FROM_ENVIRONMENT = {
    "USINA_HOST": "host",
    "USINA_PORT": "port",
    "USINA_TLS_PORT": "tls_port",
    "USINA_ACCOUNT": "account",
    "USINA_REGION": "region",
    "USINA_OBJECTS_STORE": "objects_store",
    "USINA_IMAGES": "images_folder",
}
_FROM_FILE = {
    "site": {"name": "site_name", "region": "region", "account": "account"},
    "door": {
        "host": "host",
        "port": "port",
        "tls_port": "tls_port",
        "hostnames": "hostnames",
        "metrics_networks": "metrics_networks",
    },
    "objects": {"store": "objects_store"},
    "identity": {"authorities": "identity_authorities"},
    "people": {
        "issuer": "people_issuer",
        "client_id": "people_client_id",
        "groups_claim": "people_groups_claim",
        "session_seconds": "people_session_seconds",
    },
    "images": {"folder": "images_folder", "wheels": "images_wheels", "index": "images_index"},
}


def environment(name: str, default: str = "") -> str:
    """One environment variable; here and nowhere else."""
    return os.environ.get(name, default)


def inherited_environment() -> dict[str, str]:
    """What a child process inherits; here and nowhere else."""
    return dict(os.environ)


def load_settings(flags: Mapping[str, Any] | None = None) -> Settings:
    """Settings from flags (None values are ignored), environment and `site.toml`.

    Raises:
        OperatorError: a value is wrong or a key is not known; the message names file and key.
    """
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    home = Path(given.pop("home", None) or environment("USINA_HOME") or Path.home() / ".usina").expanduser().absolute()
    values = _read_file(home / "site.toml")
    for variable, key in FROM_ENVIRONMENT.items():
        if text := environment(variable):
            values[key] = text
    values.update(given)
    for key in ("port", "tls_port"):
        if key in values:
            values[key] = _port(key, values[key])
    if values.get("images_folder"):
        values["images_folder"] = str(Path(values["images_folder"]).expanduser().absolute())
    for key in ("hostnames", "metrics_networks"):
        if key in values:
            values[key] = tuple(values[key])
    settings = replace(Settings(home), **values)
    if settings.account and not (settings.account.isdecimal() and len(settings.account) == _ACCOUNT_DIGITS):
        message = f"account must be {_ACCOUNT_DIGITS} digits, not {settings.account!r}"
        raise OperatorError(message)
    _check_people(settings)
    return settings


def _check_people(settings: Settings) -> None:
    """Raises: OperatorError."""
    seconds: object = settings.people_session_seconds
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 900 <= seconds <= 43_200:  # noqa: PLR2004
        message = f"[people] session_seconds must be a whole number from 900 to 43200, not {seconds!r}"
        raise OperatorError(message)
    if settings.people_issuer and not (settings.people_issuer.startswith("https://") and settings.people_client_id):
        message = "[people] issuer must begin with https://, and client_id must be this site's client there"
        raise OperatorError(message)


def _port(key: str, value: Any) -> int:
    try:
        port = int(value)
    except (TypeError, ValueError):
        port = -1
    if not 0 < port <= _HIGHEST_PORT:
        message = f"{key} must be a number from 1 to {_HIGHEST_PORT}, not {value!r}"
        raise OperatorError(message)
    return port


def _read_file(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{path}: cannot be read: {error}. Correct the file or move it away."
        raise OperatorError(message) from error
    values: dict[str, Any] = {}
    for table, keys in _FROM_FILE.items():
        for key, value in tables.pop(table, {}).items():
            if key not in keys:
                message = f"{path}: [{table}] has no key {key!r}; known are {', '.join(sorted(keys))}"
                raise OperatorError(message)
            values[keys[key]] = value
    values["limits"] = _limits(path, tables.pop("limits", {}))
    values["engine"] = tables.pop("engine", {})
    values["egress"] = tables.pop("egress", {})
    if tables:
        known = "site, door, objects, images, egress, limits, engine"
        message = f"{path}: unknown table [{next(iter(tables))}]; known are {known}"
        raise OperatorError(message)
    return values


def _limits(path: Path, table: Mapping[str, Any]) -> Limits:
    known = {item.name: item.type for item in fields(Limits)}
    for key, value in table.items():
        if key not in known:
            message = f"{path}: [limits] has no key {key!r}; known are {', '.join(sorted(known))}"
            raise OperatorError(message)
        whole = known[key] == "int"
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or value <= 0:
            message = f"{path}: [limits] {key} must be a {'whole ' if whole else ''}number above 0, not {value!r}"
            raise OperatorError(message)
    return replace(Limits(), **table)
