"""Application inference profiles as rows, and their names.

A row's name is the profile's id, which is made from the account and the profile's name: so two requests at once cannot
both make a profile of one name. Body: `{"profile": as GetInferenceProfile answers (times in epoch seconds), "model":
id or alias that it leads to, "token": the idempotency token, "source": what it was made from, "tags": [{"key",
"value"}]}`.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from usina.core.errors import NotFoundError, ValidationError
from usina.core.ids import Arn
from usina.services.bedrock.foundation_models import is_regional

if TYPE_CHECKING:
    from usina.core.ports import Ports

KIND: Final = "inference-profile"
_ID_CHARACTERS = 12
APPLICATION: Final = "application-inference-profile"
SYSTEM: Final = "inference-profile"


def profile_id(account: str, name: str) -> str:
    """Id of the account's profile of that name: 12 small letters and digits."""
    digest = hashlib.sha256(f"{account}/{name}".encode()).digest()
    return base64.b32encode(digest)[:_ID_CHARACTERS].decode().lower()


def profile_arn(ports: Ports, account: str, identifier: str, kind: str = APPLICATION) -> str:
    """ARN of a profile of the account."""
    return str(Arn("bedrock", ports.site.region, account, f"{kind}/{identifier}"))


def owned_id(identifier: str, account: str) -> str:
    """The id within the account of a profile's id or ARN.

    Raises:
        NotFoundError: the ARN is of another account or of no profile. Whether such a profile exists is not told.
    """
    arn = Arn.parse(identifier)
    if arn is None:
        return identifier
    kind, _, name = arn.resource.partition("/")
    if arn.service != "bedrock" or arn.account != account or kind not in {APPLICATION, SYSTEM} or not name:
        raise missing(identifier)
    return name


def missing(identifier: str) -> NotFoundError:
    """No such profile."""
    return NotFoundError(f"The inference profile {identifier} does not exist.")


def refuse_system(name: str) -> None:
    """Raises:
    ValidationError: the name is of a profile that the site defined.
    """
    if is_regional(name):
        raise ValidationError(f"The inference profile {name} is defined by the site and cannot be changed.")
