"""Content in an external S3 store inside the site: objects with random names in one bucket of it.

Entries stay in the site's database, so keys, versions, locks and conditions are the same whatever holds the bytes; the
other store is only asked to write, read and delete. An empty local file of the same name marks what no entry names yet,
so that the next start finds what a crash left behind without listing the bucket.
"""

from __future__ import annotations

import contextlib
import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_PART_BYTES = 8_388_608
_FORM = "http[s]://ACCESS_KEY:SECRET_KEY@HOST[:PORT]/BUCKET"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the external store is and how to ask it."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)

    @property
    def destination(self) -> str:
        """HOST:PORT of the store."""
        parts = urlsplit(self.endpoint)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """From the setting. Raises: OperatorError, without the text: it holds a secret."""
        parts = urlsplit(text)
        bucket = parts.path.strip("/")
        if parts.scheme not in {"http", "https"} or not (parts.hostname and parts.username and parts.password):
            raise OperatorError(f"The setting of the external object store is not of the form {_FORM}.")
        if not bucket or "/" in bucket:
            raise OperatorError(f"The setting of the external object store names no bucket; its form is {_FORM}.")
        host = parts.netloc.rpartition("@")[2]
        return cls(f"{parts.scheme}://{host}", bucket, unquote(parts.username), unquote(parts.password))


class ExternalContents:
    """Content in a bucket of another store. Calls block; clients of botocore are made to be shared by threads."""

    def __init__(self, address: Address, region: str, folder: Path, connected: Callable[[Any], None]) -> None:
        """`connected` is given the client of botocore before it asks anything: it has it go out by the site's door."""
        self._address = address
        self._connected = connected
        self._region = region
        self._new = folder / "new"
        self._made: Any = None

    def prepare(self) -> None:
        """Reach the store and make the bucket where it is not there. Raises: OperatorError, OSError."""
        from botocore.exceptions import BotoCoreError, ClientError

        self._new.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._made = self._client()
        try:
            buckets = {each["Name"] for each in self._made.list_buckets()["Buckets"]}
            if self._address.bucket not in buckets:
                self._made.create_bucket(Bucket=self._address.bucket)
        except (BotoCoreError, ClientError) as error:
            raise OperatorError(
                f"The external object store {self._address.endpoint} does not answer as it must "
                f"({type(error).__name__}). Check its address, its keys and that it runs."
            ) from None

    def create(self, name: str) -> ExternalSink:
        """Begin content of that name."""
        (self._new / name).touch(mode=0o600)
        return ExternalSink(self._made, self._address.bucket, name, lambda: self.remove(name))

    def open(self, name: str) -> ExternalSource:
        """Read content."""
        return ExternalSource(self._made, self._address.bucket, name)

    def settle(self, name: str) -> None:
        """An entry names it now."""
        with contextlib.suppress(OSError):
            (self._new / name).unlink()

    def remove(self, name: str) -> None:
        """Delete it; what the store did not take now is tried again at the next start."""
        with contextlib.suppress(OSError), _as_os_errors():
            found = self._made.list_multipart_uploads(Bucket=self._address.bucket, Prefix=name).get("Uploads", ())
            for upload in found:
                self._made.abort_multipart_upload(Bucket=self._address.bucket, Key=name, UploadId=upload["UploadId"])
            self._made.delete_object(Bucket=self._address.bucket, Key=name)
            self.settle(name)

    def unsettled(self) -> list[str]:
        """What was begun and no entry named."""
        return sorted(path.name for path in self._new.iterdir())

    def _client(self) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        session = Session()
        session.set_credentials(self._address.access_key, self._address.secret_key)
        made = session.create_client(
            "s3",
            region_name=self._region,
            endpoint_url=self._address.endpoint,
            config=Config(
                s3={"addressing_style": "path"}, retries={"total_max_attempts": 3}, max_pool_connections=32, proxies={}
            ),
        )
        self._connected(made)
        return made


@contextlib.contextmanager
def _as_os_errors() -> Iterator[None]:
    """The other store's errors as those of a disk: callers know no other."""
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
            raise FileNotFoundError(errno.ENOENT, "not in the external store") from None
        raise OSError(errno.EIO, "the external store refused") from None
    except (BotoCoreError, HTTPError):
        raise OSError(errno.EIO, "the external store did not answer") from None


class ExternalSink:
    """Content that is being written: whole where it is small, else in parts."""

    def __init__(self, client: Any, bucket: str, name: str, forget: Callable[[], None]) -> None:
        self._client = client
        self._to = {"Bucket": bucket, "Key": name}
        self._forget = forget
        self._held = bytearray()
        self._upload: dict[str, str] = {}
        self._parts: list[dict[str, Any]] = []

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append."""
        for piece in pieces:
            self._held += piece
        if len(self._held) >= _PART_BYTES:
            with _as_os_errors():
                self._send_part()

    def _send_part(self) -> None:
        if not self._upload:
            begun = self._client.create_multipart_upload(**self._to)
            self._upload = {**self._to, "UploadId": begun["UploadId"]}
        number = len(self._parts) + 1
        sent = self._client.upload_part(**self._upload, PartNumber=number, Body=bytes(self._held))
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._held.clear()

    def finish(self) -> None:
        """Return when the store has said that it has all of it."""
        with _as_os_errors():
            if not self._upload:
                self._client.put_object(**self._to, Body=bytes(self._held))
                return
            if self._held:
                self._send_part()
            self._client.complete_multipart_upload(**self._upload, MultipartUpload={"Parts": self._parts})

    def abort(self) -> None:
        """Forget it."""
        self._forget()


class ExternalSource:
    """Content that is being read: one answer for as long as it is read in order."""

    def __init__(self, client: Any, bucket: str, name: str) -> None:
        self._client = client
        self._from = {"Bucket": bucket, "Key": name}
        self._body: Any = None
        self._at = 0

    def read(self, start: int, size: int) -> bytes:
        """Bytes from there on."""
        with _as_os_errors():
            if self._body is None or start != self._at:
                self.close()
                self._body = self._client.get_object(**self._from, Range=f"bytes={start}-")["Body"]
            data: bytes = self._body.read(size)
        self._at = start + len(data)
        return data

    def close(self) -> None:
        """Let it go."""
        if self._body is not None:
            self._body.close()
            self._body = None
