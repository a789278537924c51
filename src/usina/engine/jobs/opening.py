"""Content as a role may have it: its objects, and the keys that they lie under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.core.errors import CallerError
from usina.core.objects import Under
from usina.engine.jobs.container import JobError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.core.objects import Bucket, Entry, Kept, Objects
    from usina.engine.jobs.acting import Acting


class Opening:
    """Opens and keeps content for one role. Raises, all: JobError."""

    def __init__(self, objects: Objects, acting: Acting) -> None:
        self._objects = objects
        self._acting = acting

    async def read(self, entry: Entry) -> AsyncIterator[bytes]:
        """An object's content. Raises: UnavailableError too."""
        self._acting.check("s3:GetObject", arn_of(entry.bucket, entry.key))
        under = Under.of(entry.facts)
        if under.is_judged:
            self._acting.check("kms:Decrypt", under.key)
        try:
            return await self._objects.read(entry, 0, entry.size_bytes)
        except CallerError as error:
            raise _refused(error) from None

    def check_output(self, bucket: Bucket, key: str) -> None:
        """Whether it may store there."""
        self._acting.check("s3:PutObject", arn_of(bucket.name, key))
        under = Under.default(bucket)
        if under.is_judged:
            self._acting.check("kms:GenerateDataKey", under.key)

    async def keep(self, pieces: AsyncIterator[bytes], under: Under) -> Kept:
        """Content under a key. Raises: UnavailableError too."""
        try:
            return await self._objects.keep(pieces, under=under.key)
        except CallerError as error:
            raise _refused(error) from None


def arn_of(bucket: str, key: str = "") -> str:
    """ARN of a bucket or object."""
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _refused(error: CallerError) -> JobError:
    """The object's KMS key is gone or out of use."""
    return JobError(f"ClientError: {error.code or 'InvalidRequest'}: {error.message}")
