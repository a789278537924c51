"""The client kit: a folder that turns unchanged AWS and OpenAI programs to one factory and to nothing else.

    env            lines of NAME=VALUE for `set -a; . ./env; set +a`
    config         AWS profile `usina`
    credentials    its keys
    ca.pem         the certificate of the site's CA
    models/        botocore data: endpoints.json, partitions.json, our own service model
    python/        what leads programs here that look past AWS_DATA_PATH (see redirect.py)
    sagemaker.yaml turns the sagemaker SDK's telemetry off

Files that hold secrets are readable by their owner only. Each file is replaced as a whole, so that a program that
starts while the factory does never reads half of one. The factory imports this module at its start: it stays light.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shlex
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from usina.client.endpoints import endpoints_table, partitions_table
from usina.core.errors import OperatorError

PROFILE = "usina"
PEOPLE = "people"  # this file marks a kit without keys, with which people sign in
_OWN_MODEL = Path("usina") / "2026-11-01"
_OWN_MODELS = Path(__file__).parents[1] / "shapes" / "models"
_REDIRECT = Path(__file__).with_name("redirect.py")
# An address that an outer shell gives one of these would win over AWS_ENDPOINT_URL.
_SERVICES = (
    "BEDROCK",
    "BEDROCK_AGENT",
    "BEDROCK_AGENT_RUNTIME",
    "BEDROCK_RUNTIME",
    "CLOUDTRAIL",
    "CLOUDWATCH",
    "CLOUDWATCH_LOGS",
    "IAM",
    "KMS",
    "S3",
    "SAGEMAKER",
    "SAGEMAKER_RUNTIME",
    "STS",
    "USINA",
)
_SECRET = 0o600
_PUBLIC = 0o644
_SAGEMAKER = """SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
"""


@dataclass(frozen=True, slots=True)
class KitCredentials:
    """The keys that a kit carries."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    api_key: str = field(repr=False, default="")  # for OpenAI programs; empty: the kit has none


@dataclass(frozen=True, slots=True)
class KitFacts:
    """What a kit must know of its factory. `host` is a name that the TLS certificate of the factory holds."""

    host: str
    port: int  # cleartext, for the loopback interface
    tls_port: int
    region: str
    account: str
    ca_pem: str

    @property
    def address(self) -> str:
        """HOST:PORT of the TLS listener; an IPv6 address stands in brackets."""
        return f"{bracketed(self.host)}:{self.tls_port}"

    @property
    def endpoint(self) -> str:
        """URL of the TLS listener: bearer keys need TLS in botocore."""
        return f"https://{self.address}"


def bracketed(host: str) -> str:
    """A host as URLs write it."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def reachable_name(listening: str) -> str:
    """A name by which a client on the same machine reaches a listener bound to that address."""
    try:
        address = ipaddress.ip_address(listening)
    except ValueError:
        return listening
    return "localhost" if address.is_unspecified or address.is_loopback else listening


def write_kit(folder: Path, facts: KitFacts, credentials: KitCredentials | None, *, at: Path | None = None) -> Path:
    """Write the kit into `folder`, and give the path of its `env`.

    Without credentials it is a kit for people: it holds no secret; its profile asks `usina credentials` for a session.
    `at` is where the kit will lie when it is used, where that is not `folder` (another machine): the absolute paths in
    its files start with it.

    Raises:
        OperatorError: the folder cannot be written, or its path cannot stand in AWS_DATA_PATH.
    """
    place = (at or folder).absolute()
    if os.pathsep in str(place) or "\n" in str(place):
        message = f"{place}: the path of a client kit cannot hold {os.pathsep!r} or a line break; choose another"
        raise OperatorError(message)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        models = folder / "models"
        (models / _OWN_MODEL).mkdir(parents=True, exist_ok=True)
        for source in sorted((_OWN_MODELS / _OWN_MODEL).glob("*.json")):
            _replace(models / _OWN_MODEL / source.name, source.read_text("utf-8"))
        endpoints = endpoints_table(facts.address, facts.region)
        _replace(models / "endpoints.json", json.dumps(endpoints, indent=2) + "\n")
        _replace(models / "partitions.json", json.dumps(partitions_table(facts.region), indent=2) + "\n")
        (folder / "python").mkdir(exist_ok=True)
        _replace(folder / "python" / "sitecustomize.py", _REDIRECT.read_text("utf-8"))
        _replace(folder / "ca.pem", facts.ca_pem)
        _replace(folder / "sagemaker.yaml", _SAGEMAKER)
        _replace(folder / "config", _config(facts, place, people=credentials is None))
        if credentials is None:
            _replace(folder / PEOPLE, "Sign in with `usina login`.\n")
            (folder / "credentials").unlink(missing_ok=True)
        else:
            _replace(folder / "credentials", _credentials(facts, credentials), _SECRET)
        # Last, because who waits for a kit waits for this file.
        _replace(folder / "env", env_text(env_values(facts, credentials, place)), _SECRET)
    except OSError as error:
        message = f"{folder}: the client kit cannot be written: {error.strerror}. Free the folder or choose another."
        raise OperatorError(message) from error
    return folder / "env"


def env_values(facts: KitFacts, credentials: KitCredentials | None, place: Path) -> dict[str, str]:
    """The variables of `env`, in order.

    Empty ones take back what an outer shell may have set. Keys are not among them: litellm takes an empty one for a
    key, and beside AWS_PROFILE a full one makes the AWS SDK for JavaScript warn. Nor is `AWS_BEARER_TOKEN_BEDROCK`:
    where it is there at all, clients sign nothing and send it instead.
    """
    beside = ",".join(dict.fromkeys((facts.host, "localhost", "127.0.0.1", "::1")))
    ca = str(place / "ca.pem")
    values = {
        "USINA_KIT": str(place),
        "AWS_CONFIG_FILE": str(place / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(place / "credentials"),
        "AWS_PROFILE": PROFILE,
        "AWS_DEFAULT_PROFILE": PROFILE,
        "AWS_REGION": facts.region,
        "AWS_DEFAULT_REGION": facts.region,
        "AWS_ENDPOINT_URL": facts.endpoint,
        **{f"AWS_ENDPOINT_URL_{service}": "" for service in _SERVICES},
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_USE_FIPS_ENDPOINT": "false",
        "AWS_USE_DUALSTACK_ENDPOINT": "false",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",  # `stream-HOST` and the like are no names of the factory
        "AWS_CA_BUNDLE": ca,
        "AWS_DATA_PATH": str(place / "models"),
        "ANTHROPIC_BEDROCK_BASE_URL": facts.endpoint,  # anthropic's own Bedrock client knows no AWS_ENDPOINT_URL
        "AWS_BEDROCK_RUNTIME_ENDPOINT": facts.endpoint,  # nor does litellm
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else importing litellm fetches a list from outside
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ROLE_ARN": "",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "",
        "NODE_EXTRA_CA_CERTS": ca,
        "SSL_CERT_FILE": ca,
        "REQUESTS_CA_BUNDLE": ca,
        "NO_PROXY": beside,
        "no_proxy": beside,
        "PYTHONPATH": str(place / "python"),
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(place / "sagemaker.yaml"),
    }
    if credentials is not None and credentials.api_key:
        values |= {"OPENAI_BASE_URL": f"{facts.endpoint}/v1", "OPENAI_API_KEY": credentials.api_key}
    return values


def env_text(values: dict[str, str]) -> str:
    """Lines of NAME=VALUE that a POSIX shell reads as they are meant.

    PYTHONPATH keeps what it was, behind ours. The form is one that also leads to ours where a reader expands nothing
    (a container's --env-file), and never leaves an empty part, which Python would take for the current folder.
    """
    return "".join(f"{name}={_quoted(name, value)}\n" for name, value in values.items())


def _quoted(name: str, value: str) -> str:
    if name != "PYTHONPATH":
        return shlex.quote(value) if value else ""
    if value == shlex.quote(value):
        return f"{value}:${{PYTHONPATH:-{value}}}"
    escaped = re.sub(r'([\\"$`])', r"\\\1", value)
    return f'"{escaped}:${{PYTHONPATH:-{escaped}}}"'


def read_env(text: str) -> dict[str, str]:
    """The values that `env_text` was given."""
    pairs = (line.partition("=") for line in text.split("\n") if line)
    return {name: _unquoted(name, value) for name, _, value in pairs}


def _unquoted(name: str, value: str) -> str:
    if name != "PYTHONPATH":
        return "".join(shlex.split(value))
    ours = value.removeprefix('"').partition(":${")[0]
    return re.sub(r"\\(.)", r"\1", ours) if value.startswith('"') else ours


def _config(facts: KitFacts, place: Path, *, people: bool = False) -> str:
    process = f"credential_process = usina credentials --kit {shlex.quote(str(place))}\n" if people else ""
    return (
        f"[profile {PROFILE}]\n"
        f"region = {facts.region}\n"
        f"endpoint_url = {facts.endpoint}\n"
        f"ca_bundle = {place / 'ca.pem'}\n"
        "output = json\n"
        "cli_pager =\n"
        "sts_regional_endpoints = regional\n"
        "account_id_endpoint_mode = disabled\n"
        "disable_host_prefix_injection = true\n"
        f"{process}"
    )


def _credentials(facts: KitFacts, credentials: KitCredentials) -> str:
    return (
        f"[{PROFILE}]\n"
        f"aws_access_key_id = {credentials.access_key_id}\n"
        f"aws_secret_access_key = {credentials.secret_access_key}\n"
        f"aws_account_id = {facts.account}\n"
    )


def write_secret(path: Path, text: str) -> None:
    """Write a file for its owner alone, as a whole and durably."""
    _replace(path, text, _SECRET)


def _replace(path: Path, text: str, mode: int = _PUBLIC) -> None:
    """Write a file as a whole; nobody ever sees half of it, nor a secret under a wider mode."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            if mode == _SECRET:  # after a loss of power an empty file would cost the site a new key
                file.flush()
                os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - both are text from mkstemp and the caller
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - the same
        raise
