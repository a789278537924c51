"""Objects larger than any memory should be asked to hold, and a site that dies while it stores."""

from __future__ import annotations

import hashlib
import io
import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.services.s3.running import StorageSite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE = 300_000_000
MOST_MEMORY = 60_000_000  # how much more the process may hold at its peak than before
BLOCK = hashlib.sha256(b"block").digest() * 32_768  # one mebibyte


class Large(io.RawIOBase):
    """A file that is not there: the same block again and again."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset
        return self._at

    def readinto(self, into: Any) -> int:
        start = self._at % len(BLOCK)
        piece = BLOCK[start : start + min(len(into), self._size - self._at, len(BLOCK) - start)]
        into[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.01)


def digest_of(body: Any) -> str:
    digest = hashlib.md5()
    for piece in iter(lambda: body.read(1 << 20), b""):
        digest.update(piece)
    return digest.hexdigest()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_size_of_an_object(s3: Any, site: StorageSite, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="warm", Body=io.BufferedReader(Large(3_000_000)))
    s3.get_object(Bucket=bucket, Key="warm")["Body"].read()
    before = site.memory_bytes()
    s3.put_object(Bucket=bucket, Key="large", Body=io.BufferedReader(Large(SIZE), 1 << 20))
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "large"})
    got = s3.get_object(Bucket=bucket, Key="copy")
    assert got["ContentLength"] == SIZE
    assert f'"{digest_of(got["Body"])}"' == got["ETag"]
    assert site.memory_bytes() - before < MOST_MEMORY
    for key in ("large", "copy"):
        s3.delete_object(Bucket=bucket, Key=key)


def test_readers_that_do_not_read_make_nobody_hold_what_they_asked_for(site: StorageSite, bucket: str) -> None:
    with closing(site.client(signature_version="s3v4")) as s3:
        s3.put_object(Bucket=bucket, Key="k", Body=io.BufferedReader(Large(SIZE // 3)))
        before = site.memory_bytes()
        asked = urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}))
        readers = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(3)]
        for reader in readers:
            reader.sendall(f"GET {asked.path}?{asked.query} HTTP/1.1\r\nHost: {asked.netloc}\r\n\r\n".encode())
            assert reader.recv(12) == b"HTTP/1.1 200"
        assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-0")["Body"].read() == BLOCK[:1]
        assert site.memory_bytes() - before < MOST_MEMORY
        for reader in readers:
            reader.close()


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing(site: StorageSite, bucket: str) -> None:
    new = site.folder / "objects" / "new"
    with closing(site.client(signature_version="s3v4")) as s3:
        asked = urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "half"}))
        head = f"PUT {asked.path}?{asked.query} HTTP/1.1\r\nHost: {asked.netloc}\r\nContent-Length: 50000000\r\n\r\n"
        with socket.create_connection(("127.0.0.1", site.port)) as writer:
            writer.sendall(head.encode() + BLOCK * 4)
            wait_until(lambda: any(new.iterdir()), "content that is being written")
        wait_until(lambda: not any(new.iterdir()), "content that is gone")
        assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.slow
def test_what_was_acknowledged_outlives_a_kill_and_what_was_not_leaves_no_trace(tmp_path: Path) -> None:
    site = StorageSite(tmp_path)
    site.start()
    with closing(site.client()) as client:
        client.create_bucket(Bucket="bucket")
    acknowledged: dict[str, str] = {}

    def write(number: int) -> None:
        with closing(site.client()) as client:
            for count in range(1_000):
                key, body = f"{number}-{count}", hashlib.sha256(f"{number}-{count}".encode()).digest() * (count * 200)
                try:
                    etag = client.put_object(Bucket="bucket", Key=key, Body=body)["ETag"]
                except (ClientError, BotoCoreError):
                    return
                acknowledged[key] = etag

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    while len(acknowledged) < 60 and any(writer.is_alive() for writer in writers):
        writers[0].join(0.02)
    site.kill()
    for writer in writers:
        writer.join(60)
    assert len(acknowledged) >= 60
    site.start()
    try:
        with closing(site.client()) as client:
            for key, etag in acknowledged.items():
                assert f'"{digest_of(client.get_object(Bucket="bucket", Key=key)["Body"])}"' == etag
            pages = client.get_paginator("list_objects_v2").paginate(Bucket="bucket")
            there = [each for page in pages for each in page["Contents"]]
            assert {each["Key"] for each in there} >= acknowledged.keys()
            outside = sum(each["Size"] > 16_384 for each in there)
            assert sum(path.is_file() for path in (tmp_path / "objects").rglob("*")) == outside
    finally:
        site.stop()
