"""Log streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import ConflictError
from usina.core.logs import LogStream
from usina.core.operation import Access, operation
from usina.services.logs import naming

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import logs_types as t

_PAGE: Final = 50


@operation("logs", "CreateLogStream", access=Access.WRITE, touches=naming.touches_named)
async def create_log_stream(call: Call[t.CreateLogStreamRequest], ports: Ports) -> Mapping[str, Any]:
    """A stream in a group."""
    asked = call.arguments
    try:
        await ports.logs.create_stream(call.principal.account, asked["logGroupName"], asked["logStreamName"])
    except ConflictError:
        raise naming.taken("log stream") from None
    return {}


@operation("logs", "DeleteLogStream", access=Access.WRITE, touches=naming.touches_named)
async def delete_log_stream(call: Call[t.DeleteLogStreamRequest], ports: Ports) -> Mapping[str, Any]:
    """Delete a stream with its events."""
    asked = call.arguments
    await ports.logs.delete_stream(call.principal.account, asked["logGroupName"], asked["logStreamName"])
    return {}


@operation("logs", "DescribeLogStreams", access=Access.LIST, touches=naming.touches_asked)
async def describe_log_streams(call: Call[t.DescribeLogStreamsRequest], ports: Ports) -> t.DescribeLogStreamsResponse:
    """Streams of a group by name or by the time of their last event, a page at a time."""
    asked = call.arguments
    account, group = naming.asked_group(asked, call.principal.account)
    by_time, prefix = asked.get("orderBy") == "LastEventTime", asked.get("logStreamNamePrefix", "")
    if by_time and prefix:
        raise naming.invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    after = None
    if "nextToken" in asked:
        last_ms, name = naming.place(asked["nextToken"], int, str)
        after = LogStream(name, 0, last_ms=None if last_ms < 0 else last_ms)
    most = asked.get("limit", _PAGE)
    found = await ports.logs.streams(
        account,
        group,
        prefix=prefix,
        by_time=by_time,
        descending=asked.get("descending", False),
        after=after,
        most=most + 1,
    )
    arn = naming.group_arn(ports, account, group)
    answer: t.DescribeLogStreamsResponse = {"logStreams": [_described(arn, stream) for stream in found[:most]]}
    if len(found) > most:
        last = found[most - 1]
        answer["nextToken"] = naming.token(-1 if last.last_ms is None else last.last_ms, last.name)
    return answer


def _described(group_arn: str, stream: LogStream) -> t.LogStream:
    described: t.LogStream = {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": f"{group_arn}:log-stream:{stream.name}",
        "storedBytes": stream.stored_bytes,
    }
    if stream.first_ms is not None and stream.last_ms is not None:
        described["firstEventTimestamp"] = stream.first_ms
        described["lastEventTimestamp"] = stream.last_ms
        described["lastIngestionTime"] = stream.ingested_ms or stream.last_ms
        described["uploadSequenceToken"] = UPLOAD_TOKEN
    return described


# Tokens of uploads mean nothing any more, here as on AWS; programs that still ask for one get one.
UPLOAD_TOKEN: Final = "49000000000000000000000000000000000000000000000000000000"  # noqa: S105 - no secret
