"""Names of things: ARNs, request ids, resource ids. Forms as AWS documents them, partition `aws`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

_ARN_FIELDS = 6


def new_request_id() -> str:
    """Id of one request (UUID version 4), returned in `x-amzn-RequestId` and written to the ledger."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Arn:
    """An Amazon Resource Name taken apart: `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`."""

    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        """Text form."""
        return f"arn:aws:{self.service}:{self.region}:{self.account}:{self.resource}"

    @classmethod
    def parse(cls, text: str) -> Arn | None:
        """Take an ARN apart; None where the text is not one of partition `aws`."""
        fields = text.split(":", _ARN_FIELDS - 1)
        if len(fields) != _ARN_FIELDS or fields[0] != "arn" or fields[1] != "aws":
            return None
        return cls(*fields[2:])
