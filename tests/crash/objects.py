"""Objects that are written, overwritten, copied and deleted, in parts too, and versions that pile up."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from tests.crash.actors import Actor, must_be

if TYPE_CHECKING:
    from tests.journeys.running import Factory

KEYS = 40
PART_BYTES = 5 << 20
SIZES: Final = (0, 1, 300, 16_000, 16_384, 16_385, 40_000, 300_000)  # both sides of what is kept beside its entry
ABSENT = "absent"


def digest(body: bytes) -> str:
    """What is remembered of a body."""
    return hashlib.sha256(body).hexdigest()


class Objects(Actor):
    """Keeps to a few keys, so that each is overwritten and deleted again and again."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.s3 = self.client("s3")
        self.bucket = f"crash-{name}"
        self.may_be: dict[str, set[str]] = {f"folder/{number:02d}": {ABSENT} for number in range(KEYS)}

    def prepare(self) -> None:
        """The bucket."""
        self.s3.create_bucket(Bucket=self.bucket)

    def act(self) -> None:
        """Put (mostly), copy, delete, or put in parts."""
        key = self.dice.choice(list(self.may_be))
        how = self.dice.choices(("put", "copy", "delete", "parts"), (12, 3, 3, 1))[0]
        if how == "put":
            body = self.dice.randbytes(self.dice.choice(SIZES))
            self._note(key, digest(body), self.ask(self.s3.put_object, Bucket=self.bucket, Key=key, Body=body))
        elif how == "delete":
            self._note(key, ABSENT, self.ask(self.s3.delete_object, Bucket=self.bucket, Key=key))
        elif how == "copy":
            self._copy(key)
        else:
            self._put_in_parts(key)

    def _note(self, key: str, state: str, answer: object) -> None:
        self.may_be[key] = {state} if answer is not None else self.may_be[key] | {state}

    def _copy(self, key: str) -> None:
        known = [name for name, states in self.may_be.items() if len(states) == 1 and states != {ABSENT}]
        if not known:
            return
        source = self.dice.choice(known)
        if source != key:
            (state,) = self.may_be[source]
            asked = {"Bucket": self.bucket, "Key": key, "CopySource": {"Bucket": self.bucket, "Key": source}}
            self._note(key, state, self.ask(self.s3.copy_object, **asked))

    def _put_in_parts(self, key: str) -> None:
        where = {"Bucket": self.bucket, "Key": key}
        begun = self.ask(self.s3.create_multipart_upload, **where)
        if begun is None:
            return
        where["UploadId"] = begun["UploadId"]
        bodies, parts = (self.dice.randbytes(PART_BYTES), self.dice.randbytes(1_000)), []
        for number, body in enumerate(bodies, 1):
            sent = self.ask(self.s3.upload_part, **where, PartNumber=number, Body=body)
            if sent is None:
                return
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        done = self.ask(self.s3.complete_multipart_upload, **where, MultipartUpload={"Parts": parts})
        self._note(key, digest(b"".join(bodies)), done)

    def check(self) -> None:
        """Each key is one of what it may be; the listing says the same; what was open is settled."""
        listed = {each["Key"]: each for each in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", ())}
        for key, states in self.may_be.items():
            found = self._read(key)
            assert found in states, f"{self.bucket}/{key} is {found}, and was promised to be one of {states}"
            assert (key in listed) == (found != ABSENT), f"{self.bucket}/{key}: the listing does not say what is there"
            self.may_be[key] = {found}

    def _read(self, key: str) -> str:
        try:
            return digest(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except ClientError as error:
            must_be(error, "NoSuchKey")
            return ABSENT


class Versions(Actor):
    """Writes into a bucket that forgets nothing: each version that was promised stays."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.s3 = self.client("s3")
        self.bucket = f"crash-{name}"
        self.promised: dict[tuple[str, str], str] = {}

    def prepare(self) -> None:
        """The bucket."""
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def act(self) -> None:
        """One more version."""
        key, body = f"key-{self.dice.randrange(5)}", self.dice.randbytes(self.dice.choice(SIZES))
        answer = self.ask(self.s3.put_object, Bucket=self.bucket, Key=key, Body=body)
        if answer is not None:
            self.promised[key, answer["VersionId"]] = digest(body)

    def check(self) -> None:
        """All are listed, and the newest can be read."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket)
        listed = {(each["Key"], each["VersionId"]) for page in pages for each in page.get("Versions", ())}
        assert self.promised.keys() <= listed, f"versions are lost: {sorted(self.promised.keys() - listed)[:5]}"
        assert len(listed) <= len(self.promised) + self.open, "there are versions that nobody wrote"
        self._read(list(self.promised)[-20:])

    def finish(self) -> None:
        """Every one can be read."""
        self.check()
        self._read(list(self.promised))

    def _read(self, wanted: list[tuple[str, str]]) -> None:
        for key, version in wanted:
            body = self.s3.get_object(Bucket=self.bucket, Key=key, VersionId=version)["Body"].read()
            assert digest(body) == self.promised[key, version], f"version {version} of {key} is not what was written"
