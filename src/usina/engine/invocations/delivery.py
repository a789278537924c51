"""Puts lines into an account's log group, as the role it named, and objects into its bucket, as the service."""

from __future__ import annotations

import asyncio
import gzip
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import ConflictError
from usina.core.invocations import STREAM, base_of
from usina.core.logs import LogEvent
from usina.core.operation import Principal
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.container import JobError
from usina.engine.jobs.transfers import Address, Transfers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock, Dice
    from usina.core.iam import Iam
    from usina.core.logs import Logs
    from usina.core.objects import Buckets, Objects
    from usina.engine.invocations.entries import Parts

_SESSION = "BedrockLogging"
_NAME_BYTES = 8
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are put."""

    logs: Logs
    buckets: Buckets
    objects: Objects
    iam: Iam
    clock: Clock
    dice: Dice
    region: str
    folder: Path  # for what is about to be put


class _Service:
    """Bedrock itself in an account's bucket: it may write there unless the bucket's policy denies it."""

    def __init__(self, iam: Iam, account: str) -> None:
        self._iam = iam
        self._principal = Principal(account, "bedrock.amazonaws.com", "", "bedrock.amazonaws.com", (), "")

    def check(self, action: str, arn: str) -> None:
        """Raises: JobError."""
        if self._iam.simulate(self._principal, action, arn).denied:
            raise JobError(f"a policy of the bucket denies {action} on {arn}")


class Delivery:
    """One account's logging, by its configuration."""

    def __init__(self, places: Places, account: str, config: Mapping[str, Any]) -> None:
        self._places = places
        self._account = account
        self._config = config
        service = _Service(places.iam, account)
        self._transfers = Transfers(
            places.buckets,
            places.objects,
            places.clock,
            places.dice,
            service,  # type: ignore[arg-type] # the one thing that transfers ask of who acts
            account,
        )

    def check(self) -> None:
        """Raises: JobError where policies as they stand now let nothing be put there."""
        if "s3Config" in self._config:
            self._transfers.check_output(self._address(self._config["s3Config"], "log.json.gz"))
        if "cloudWatchConfig" in self._config:
            self._check_log("logs:CreateLogStream")
            self._check_log("logs:PutLogEvents")

    async def to_bucket(self, parts: Sequence[Parts]) -> None:
        """One object of lines, after the large bodies they speak of. Raises: JobError, ApiError, OSError."""
        config = self._config["s3Config"]
        lines = [each.line(await self._put_large(each, config)) for each in parts]
        await self._put(config, f"{self._stamp()}.json.gz", b"\n".join(lines) + b"\n")

    async def to_log(self, parts: Sequence[Parts]) -> None:
        """An event for each. Raises: JobError, ApiError, OSError."""
        config = self._config["cloudWatchConfig"]
        group, places = config["logGroupName"], self._places
        self._check_log("logs:PutLogEvents")
        large = config.get("largeDataDeliveryS3Config")
        now = round(places.clock.now() * 1_000)
        events = []
        for each in parts:
            paths = {} if large is None else await self._put_large(each, large)
            events.append(LogEvent(now, each.line(paths).decode()))
        with suppress(ConflictError):
            await places.logs.create_stream(self._account, group, STREAM)
        await places.logs.write(self._account, group, STREAM, events)

    async def _put_large(self, parts: Parts, config: Mapping[str, str]) -> dict[str, str]:
        request_id = parts.document["requestId"]
        return {
            side: await self._put(config, f"data/{request_id}_{side}.json.gz", body)
            for side, body in parts.large().items()
        }

    async def _put(self, config: Mapping[str, str], name: str, content: bytes) -> str:
        """Store compressed content; gives its address."""
        address = self._address(config, name)
        self._places.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=self._places.folder) as folder:
            file = Path(folder) / "content"
            await asyncio.to_thread(lambda: file.write_bytes(gzip.compress(content, _LEVEL)))
            await self._transfers.send_file(file, address)
        return str(address)

    def _address(self, config: Mapping[str, str], name: str) -> Address:
        base = base_of(self._account, self._places.region, config.get("keyPrefix", ""))
        hour = utc(self._places.clock.now()).strftime("%Y/%m/%d/%H")
        return Address(config["bucketName"], f"{base}/{hour}/{name}")

    def _check_log(self, action: str) -> None:
        config = self._config["cloudWatchConfig"]
        group = f"arn:aws:logs:{self._places.region}:{self._account}:log-group:{config['logGroupName']}"
        Acting(self._places.iam, self._account, config["roleArn"], _SESSION).check(
            action, f"{group}:log-stream:{STREAM}"
        )

    def _stamp(self) -> str:
        now = utc(self._places.clock.now()).strftime("%Y%m%dT%H%M%S%f")[:18]
        return f"{now}Z_{self._places.dice.token(_NAME_BYTES).hex()}"
