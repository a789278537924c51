"""What a request looks like to the accounts' policies: condition keys, the names of the thing, the names of the caller.

A key that this table lacks is refused in a policy: a condition on it would silently never hold, and a Deny that never
holds is a hole. Keys that no request can have here (MFA) are in the table, so that their absence means what IAM says.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc

if TYPE_CHECKING:
    from collections.abc import Mapping


class KeyType(Enum):
    """What the values of a condition key are."""

    STRING = "string"
    ARN = "arn"
    BOOL = "bool"
    NUMBER = "number"
    DATE = "date"
    IP = "ip"


# In small letters: IAM's condition keys have no case.
KEYS: Final[Mapping[str, KeyType]] = {
    "aws:sourceip": KeyType.IP,
    "aws:securetransport": KeyType.BOOL,
    "aws:principalarn": KeyType.ARN,
    "aws:principalaccount": KeyType.STRING,
    "aws:principaltype": KeyType.STRING,
    "aws:principalisawsservice": KeyType.BOOL,
    "aws:username": KeyType.STRING,
    "aws:userid": KeyType.STRING,
    "aws:currenttime": KeyType.DATE,
    "aws:epochtime": KeyType.DATE,
    "aws:requestedregion": KeyType.STRING,
    "aws:resourceaccount": KeyType.STRING,
    "aws:sourceaccount": KeyType.STRING,
    "aws:sourcearn": KeyType.ARN,
    "aws:multifactorauthpresent": KeyType.BOOL,
    "aws:multifactorauthage": KeyType.NUMBER,
    "sts:externalid": KeyType.STRING,
    "sts:rolesessionname": KeyType.STRING,
    "iam:passedtoservice": KeyType.STRING,
    "sagemaker:modelapprovalstatus": KeyType.STRING,
}
NUMBERS: Final = frozenset({KeyType.NUMBER, KeyType.DATE})
_ARN_FIELDS: Final = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to an account's policies."""

    action: str  # bedrock:InvokeModel
    names: tuple[str, ...]  # ARNs of the thing: its own, then the one it was asked for by, if that is another
    keys: Mapping[str, str | bool | int] = field(default_factory=dict)  # condition keys, in small letters
    callers: frozenset[str] = frozenset()  # names of who asks, for a trust policy

    def context(self) -> dict[str, Any]:
        """As Cedar JSON. Every key is there as text (`s`) and in small letters (`l`); some in further forms."""
        texts = {name: _text(name, value) for name, value in self.keys.items()}
        addresses: dict[str, Any] = {}
        for name, value in texts.items():
            if KEYS.get(name) is KeyType.IP and (address := _address(value)) is not None:
                addresses[name] = {"__extn": {"fn": "ip", "arg": address}}
        return {
            "action": self.action.lower(),
            "name": self.names[0],
            "other": self.names[-1],
            "callers": sorted(self.callers),
            "s": texts,
            "l": {name: value.lower() for name, value in texts.items()},
            "n": {name: value for name, value in self.keys.items() if KEYS.get(name) in NUMBERS and type(value) is int},
            "ip": addresses,
            "arn": {name: parts for name, value in texts.items() if (parts := arn_parts(value)) is not None},
        }


def _text(name: str, value: str | bool | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if name == "aws:currenttime" and isinstance(value, int):
        return utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def arn_parts(text: str) -> dict[str, str] | None:
    """The six fields of an ARN (or of a pattern of one), by name; None where it has fewer."""
    fields = text.split(":", _ARN_FIELDS - 1)
    if len(fields) != _ARN_FIELDS or fields[0] != "arn":
        return None
    return dict(zip(("partition", "service", "region", "account", "resource"), fields[1:], strict=True))
