"""The records of a batch job: which files, checked once, and their lines as a stream of constant size."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.batch import LEAST_RECORDS, MOST_FILE_BYTES, MOST_FILES, MOST_JOB_BYTES, MOST_RECORDS
from usina.engine.jobs.container import JobError
from usina.engine.jobs.transfers import Address

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from usina.core.objects import Entry
    from usina.engine.jobs.transfers import Transfers

_SUFFIX = ".jsonl"


class _Line(msgspec.Struct):
    """The members of a record; what else it has is not read."""

    modelInput: msgspec.Raw  # noqa: N815 - the format's name
    recordId: str = ""  # noqa: N815 - the format's name


_decoder = msgspec.json.Decoder(_Line)


@dataclass(frozen=True, slots=True)
class Record:
    """One record."""

    id: str
    model_input: bytes  # JSON, as it came


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of the input, as it was when it was checked."""

    key: str
    etag: str
    size_bytes: int
    records: int = 0

    def row(self) -> list[Any]:
        """As a row holds it."""
        return [self.key, self.etag, self.size_bytes, self.records]


class Input:
    """The input of one job."""

    def __init__(self, uri: str, transfers: Transfers, record_bytes: int) -> None:
        self._address = Address.parse(uri)
        self._transfers = transfers
        self._record_bytes = record_bytes

    async def check(self) -> list[InputFile]:
        """Read all of it once. Raises: JobError, naming the file and the line that is wrong."""
        found = await self._files()
        if sum(entry.size_bytes for entry in found) > MOST_JOB_BYTES:
            raise JobError(f"The input files are larger than {MOST_JOB_BYTES} bytes together.")
        files: list[InputFile] = []
        left = MOST_RECORDS
        for entry in found:
            count = 0
            async with aclosing(self._lines(entry)) as lines:
                async for number, line in lines:
                    parse(line, f"Line {number} of {entry.key}")
                    count += 1
                    if count > left:
                        raise JobError(f"The input holds more than {MOST_RECORDS} records.")
            left -= count
            files.append(InputFile(entry.key, entry.etag, entry.size_bytes, count))
        if MOST_RECORDS - left < LEAST_RECORDS:
            raise JobError(f"The input holds fewer records than the least, which is {LEAST_RECORDS}.")
        return files

    async def records(self, file: InputFile, skip: int) -> AsyncGenerator[Record, None]:
        """The records of a file behind the first `skip`. Raises: JobError where it is not the file any more."""
        entry = await self._transfers.find(Address(self._address.bucket, file.key))
        if entry is None or (entry.etag, entry.size_bytes) != (file.etag, file.size_bytes):
            raise JobError(f"The input file {file.key} was changed or removed after the job had begun.")
        position = 0
        async with aclosing(self._lines(entry)) as lines:
            async for number, line in lines:
                position += 1
                if position > skip:
                    record = parse(line, f"Line {number} of {file.key}")
                    yield record if record.id else Record(f"CALL{position:07d}", record.model_input)

    def name_of(self, file: InputFile) -> str:
        """What the file is called below the job's output."""
        below = file.key.removeprefix(self._folder)
        return below if self._address.key != file.key else file.key.rpartition("/")[2]

    @property
    def _folder(self) -> str:
        key = self._address.key
        return key if not key or key.endswith("/") else f"{key}/"

    async def _files(self) -> list[Entry]:
        """The object of that name, else what is in the folder of that name."""
        named = await self._transfers.find(self._address) if self._address.key else None
        if named is not None and not self._address.key.endswith("/"):
            found = [named]
        else:
            found = []
            async for entry in self._transfers.listed(Address(self._address.bucket, self._folder)):
                if entry.key.endswith(_SUFFIX):
                    found.append(entry)
                if len(found) > MOST_FILES:
                    raise JobError(f"There are more than {MOST_FILES} input files under {self._address}.")
        if not found:
            raise JobError(f"There is no object {self._address}, and no object whose name ends in {_SUFFIX} under it.")
        for entry in found:
            if entry.size_bytes > MOST_FILE_BYTES:
                raise JobError(f"The input file {entry.key} is larger than {MOST_FILE_BYTES} bytes.")
        return found

    async def _lines(self, entry: Entry) -> AsyncGenerator[tuple[int, bytes], None]:
        """Numbered lines, those without content left out."""
        number = 0
        pieces = self._transfers.pieces(entry)
        async with aclosing(pieces), aclosing(lines_of(pieces, self._record_bytes)) as lines:
            async for line in lines:
                number += 1
                if len(line) > self._record_bytes:
                    raise JobError(f"Line {number} of {entry.key} is larger than {self._record_bytes} bytes.")
                if line.strip():
                    yield number, line


async def lines_of(pieces: AsyncIterator[bytes], most_bytes: int) -> AsyncGenerator[bytes, None]:
    """Lines of a text that comes in pieces. One that is too long ends the stream with what there is of it by then."""
    held: list[bytes] = []
    held_bytes = 0
    async for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for line in whole:
            yield b"".join([*held, line]) if held else line
            held, held_bytes = [], 0
        if rest:
            held.append(rest)
            held_bytes += len(rest)
        if held_bytes > most_bytes:
            break
    if held:
        yield b"".join(held)


def parse(line: bytes, place: str) -> Record:
    """One record. Raises: JobError with its place where it is none."""
    try:
        found = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    model_input = b"" if found is None else bytes(found.modelInput).strip()
    if found is None or not model_input.startswith(b"{"):
        raise JobError(
            f'{place} is not a record of the form {{"recordId": "...", "modelInput": {{...}}}}. Correct it and create '
            "the job again."
        )
    return Record(found.recordId, model_input)
