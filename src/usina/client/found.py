"""Finding and reading a client kit: what a client needs to know of its factory."""

from __future__ import annotations

import configparser
from dataclasses import dataclass, field
from pathlib import Path

from usina.client.errors import KitError
from usina.client.kit import PEOPLE, PROFILE, KitCredentials, read_env
from usina.core.settings import environment


@dataclass(frozen=True, slots=True)
class Kit:
    """A client kit as it was read."""

    folder: Path
    endpoint: str  # URL of the TLS listener
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False, default="")
    for_people: bool = False  # no keys of its own: somebody signs in

    @property
    def ca_bundle(self) -> Path:
        """The certificate to trust."""
        return self.folder / "ca.pem"

    @property
    def models(self) -> Path:
        """Where botocore finds its data."""
        return self.folder / "models"


def kit_folder(home: Path | None = None) -> Path:
    """Where the kit lies: of the home that was named, of a loaded `env` (USINA_KIT), of USINA_HOME, of ~/.usina."""
    if home is None and (loaded := environment("USINA_KIT")):
        return Path(loaded)
    base = home or Path(environment("USINA_HOME") or Path.home() / ".usina")
    return base.expanduser().absolute() / "client"


def read_kit(folder: Path) -> Kit:
    """Read a kit.

    Raises:
        KitError: it is not there, not this user's to read, or not whole.
    """
    try:
        values = read_env((folder / "env").read_text("utf-8"))
        (folder / "ca.pem").stat()
        if not (folder / "credentials").exists() and (folder / PEOPLE).exists():
            return Kit(folder, values["AWS_ENDPOINT_URL"], values["AWS_REGION"], "", "", for_people=True)
        parser = configparser.RawConfigParser()
        parser.read_string((folder / "credentials").read_text("utf-8"))
        keys = parser[PROFILE]
        return Kit(
            folder,
            values["AWS_ENDPOINT_URL"],
            values["AWS_REGION"],
            keys["aws_access_key_id"],
            keys["aws_secret_access_key"],
        )
    except FileNotFoundError:
        raise KitError(
            f"There is no client kit in {folder}. Start the factory on this machine with `usina up`, name its home "
            "with --home or USINA_HOME, or load the env of a kit that `usina client-kit` wrote."
        ) from None
    except PermissionError:
        raise KitError(
            f"You may not read the client kit in {folder}: it belongs to the user that runs the factory. Ask for a kit "
            "of your own (`usina client-kit --to DIR`)."
        ) from None
    except (OSError, KeyError, ValueError, configparser.Error) as error:
        raise KitError(
            f"The client kit in {folder} cannot be read ({type(error).__name__}). Restart the factory, which writes it "
            "anew, or take a new kit."
        ) from None


def read_kit_credentials(folder: Path) -> KitCredentials:
    """The keys that a kit carries, to write it anew with them.

    Raises:
        KitError: it is not there, not this user's to read, or not whole.
    """
    kit = read_kit(folder)
    api_key = read_env((folder / "env").read_text("utf-8")).get("OPENAI_API_KEY", "")
    return KitCredentials(kit.access_key_id, kit.secret_access_key, api_key)
