"""Data capture: what an endpoint is asked and answers, kept in S3 as JSON lines, in batches, as the model's role.

    DestinationS3Uri/ENDPOINT/VARIANT/yyyy/mm/dd/hh/MM-SS-mmm-ID.jsonl

Form: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html. It never delays or fails
a request: what does not fit the memory set aside, cannot be stored, or was not yet stored when the factory was killed
is lost, and a line of the log says how much.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from usina.core.clock import utc
from usina.core.errors import ApiError
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.container import JobError
from usina.engine.jobs.transfers import Address, Transfers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from usina.core.endpoints import Answer, Ask
    from usina.engine.serving.served import World

_LOG = logging.getLogger(__name__)
BATCH_SECONDS: Final = 10.0
_MOST_BYTES = 67_108_864
_PERCENT = 100
_ID_BYTES = 16
_encode = msgspec.json.Encoder().encode


class Place(NamedTuple):
    """Where lines of one variant go, and who stores them."""

    account: str
    endpoint: str
    variant: str
    role: str
    destination: str


class Capture:
    """Lines that wait to be stored."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lines: dict[Place, list[bytes]] = {}
        self._size = 0
        self._lost = 0
        self._shares: dict[tuple[str, str], int] = {}

    def take(self, config: Mapping[str, Any], place: Place, ask: Ask, answer: Answer) -> None:
        """Note one invocation, if it is among those that are sampled."""
        if not config.get("EnableCapture", True) or not self._sampled(place, int(config["InitialSamplingPercentage"])):
            return
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        shown: dict[str, Any] = {}
        if modes & {"Input", "InputAndOutput"}:
            shown["endpointInput"] = _side(config, ask.content_type, ask.body, "INPUT")
        if modes & {"Output", "InputAndOutput"}:
            shown["endpointOutput"] = _side(config, answer.content_type, answer.body, "OUTPUT")
        metadata: dict[str, Any] = {
            "eventId": self._world.dice.token(_ID_BYTES).hex(),
            "inferenceTime": utc(self._world.clock.now()).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if ask.inference_id:
            metadata["inferenceId"] = ask.inference_id
        if ask.attributes:
            metadata["customAttributes"] = [ask.attributes]
        line = _encode({"captureData": shown, "eventMetadata": metadata, "eventVersion": "0"}) + b"\n"
        if self._size + len(line) > _MOST_BYTES:
            self._lost += 1
            return
        self._size += len(line)
        self._lines.setdefault(place, []).append(line)

    def _sampled(self, place: Place, percentage: int) -> bool:
        """Exactly that share, spread evenly."""
        key = (place.account, place.endpoint)
        share = self._shares.get(key, 0) + percentage
        self._shares[key] = share % _PERCENT
        return share >= _PERCENT

    async def run(self) -> None:
        """Store what waits, again and again."""
        while True:
            await self._world.clock.sleep(BATCH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Store what waits."""
        waiting, self._lines, self._size = self._lines, {}, 0
        lost, self._lost = self._lost, 0
        if lost:
            _LOG.warning("data capture had no room", extra={"lost": lost})
        for place, lines in waiting.items():
            try:
                await self._store(place, b"".join(lines))
            except (JobError, ApiError, OSError) as error:
                # What stands in the error is the role or the bucket, never what was captured.
                _LOG.warning("data capture could not be stored", extra={"lost": len(lines), "reason": str(error)})

    async def _store(self, place: Place, data: bytes) -> None:
        world = self._world
        now = utc(world.clock.now())
        name = f"{now:%M-%S}-{now.microsecond // 1000:03d}-{world.dice.token(_ID_BYTES).hex()}.jsonl"
        address = Address.parse(place.destination) / f"{place.endpoint}/{place.variant}/{now:%Y/%m/%d/%H}/{name}"
        acting = Acting(world.iam, place.account, place.role)
        transfers = Transfers(world.buckets, world.objects, world.clock, world.dice, acting, place.account)
        folder = world.home / "run" / "capture"
        file = folder / name
        await asyncio.to_thread(_write, folder, file, data)
        try:
            await transfers.send_file(file, address)
        finally:
            with suppress(OSError):
                await asyncio.to_thread(file.unlink)


def _write(folder: Path, file: Path, data: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(0o600)
    file.write_bytes(data)


def _side(config: Mapping[str, Any], content_type: str, body: bytes, mode: str) -> dict[str, str]:
    """One side of an invocation: as text where its content type is named as CSV or JSON, else in base64."""
    headers = config.get("CaptureContentTypeHeader", {})
    bare = content_type.partition(";")[0].strip()
    made = {"observedContentType": content_type, "mode": mode}
    for kind in ("Csv", "Json"):
        if bare in headers.get(f"{kind}ContentTypes", ()):
            return {**made, "data": body.decode("utf-8", "replace"), "encoding": kind.upper()}
    return {**made, "data": base64.b64encode(body).decode(), "encoding": "BASE64"}
