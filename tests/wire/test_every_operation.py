"""Every operation of every service: botocore's client and our server say the same things to each other.

One example takes one seed through all operations of a service. `HYPOTHESIS_PROFILE=thorough` runs many more of them.
"""

from __future__ import annotations

import asyncio
import random
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import oracle
from tests.wire.shape_values import Making, UnmakeableError, value_of
from usina import wire
from usina.core.errors import ApiError, Kind, UnknownOperationError
from usina.wire import models
from usina.wire.codec import PROTOCOLS
from usina.wire.models import Model, Shape, event_stream
from usina.wire.rest_json import event_writer
from usina.wire.rest_read import payload_member

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

CASES = [(service, protocol) for service in oracle.SERVICES for protocol in models.load(service).protocols]
SEEDS = st.integers(0, 2**32)
SIZES = st.sampled_from((4, 0, 2, 1, 3))
REQUEST_ID = "11111111-2222-3333-4444-555555555555"
ADDED_BY_TRANSPORT = {"content-length", "content-type"}
# S3 tells these two apart by the host they are sent to, and one endpoint has one host.
SAME_ON_THE_WIRE = {("s3", "ListDirectoryBuckets")}
# GetBucketLocation's answer is the text of its root element, which botocore reads in a handler, not in its parser.
READ_ELSEWHERE = {("s3", "GetBucketLocation")}


def making(protocol: str, operation: str, seed: int, size: int, *, answer: bool = False) -> Making:
    own_seed = seed ^ zlib.crc32(operation.encode())
    xml = protocol == "rest-xml" or (protocol == "query" and answer)
    return Making(random.Random(own_seed), size, no_empties=protocol == "query" and not answer, xml=xml)


def made(shape: Shape, how: Making) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = value_of(shape, how)
    except UnmakeableError:
        return None
    return value


@pytest.mark.parametrize(("service", "protocol"), CASES)
@given(seed=SEEDS, size=SIZES)
def test_what_a_client_sends_is_what_a_handler_gets(service: str, protocol: str, seed: int, size: int) -> None:
    model = models.load(service)
    for operation in model.operations:
        shape = model.input(operation)
        if event_stream(shape) is not None:
            continue  # botocore cannot send event streams; test_events.py takes this way
        parameters = {} if shape is None else made(shape, making(protocol, operation, seed, size))
        if parameters is None or model.operations[operation].get("deprecated"):
            continue  # a deprecated operation may share its URI with its successor, which then is meant
        _forget_empty_payload(shape, parameters)
        received = oracle.sent(service, operation, parameters, protocol)
        target = wire.route(received)
        if (service, operation) in SAME_ON_THE_WIRE:
            target = wire.Target(service, operation, protocol, target.labels)
        assert (target.service, target.operation, target.protocol) == (service, operation, protocol)
        parsed = wire.parse(target, received, received.body)
        for name, member in shape.members() if shape is not None else ():
            if name not in parameters and member.trait("idempotencyToken"):
                assert parsed.pop(name)
            elif name not in parameters and (member.location_name or "").lower() in ADDED_BY_TRANSPORT:
                parsed.pop(name, None)
        assert parsed == parameters, operation


def _forget_empty_payload(shape: Shape | None, parameters: dict[str, Any]) -> None:
    """A body that may be absent and is empty looks the same as one that is absent."""
    payload = None if shape is None else payload_member(shape)
    if payload is None or shape is None or payload[0] in shape.required:
        return
    if parameters.get(payload[0]) in (b"", ""):
        del parameters[payload[0]]


async def _batches(events: list[dict[str, Any]]) -> AsyncIterator[Sequence[dict[str, Any]]]:
    yield events[:1]
    yield events[1:]


async def _whole(body: bytes | AsyncIterator[bytes]) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"".join([part async for part in body])


def _answer(model: Model, operation: str, how: Making) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """A result as a handler gives it, and as a client should see it."""
    shape = model.output(operation)
    result = {} if shape is None else made(shape, how)
    stream = event_stream(shape)
    if result is None or stream is None or shape is None:
        return None if result is None else (result, dict(result))
    name, member = stream
    events = [event for _ in range(3) if (event := made(member, how)) is not None]
    return {**result, name: _batches(events)}, {**result, name: events}


@pytest.mark.parametrize(("service", "protocol"), CASES)
@given(seed=SEEDS, size=SIZES)
def test_what_a_handler_gives_is_what_a_client_reads(service: str, protocol: str, seed: int, size: int) -> None:
    model = models.load(service)
    for operation in model.operations:
        if (service, operation) in READ_ELSEWHERE or model.operations[operation].get("deprecated"):
            continue
        pair = _answer(model, operation, making(protocol, operation, seed, size, answer=True))
        if pair is None:
            continue
        result, expected = pair
        target = wire.Target(service, operation, protocol, {})
        reply = wire.serialise(target, {**result, **_absent(model, operation, result)}, REQUEST_ID)
        assert ("x-amzn-RequestId", REQUEST_ID) in reply.headers
        body = asyncio.run(_whole(reply.body))
        parsed = oracle.read(service, operation, protocol, reply, body)
        assert _without_unsaid(parsed, expected) == expected, operation


def _absent(model: Model, operation: str, result: dict[str, Any]) -> dict[str, None]:
    """Members that are not there, said as None: they must be left out."""
    shape = model.output(operation)
    return {} if shape is None else {name: None for name, _ in shape.members() if name not in result}


def _without_unsaid(parsed: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """A client also sees what need not be said: no headers of a prefix, a status, the type of a body without one."""
    unsaid: tuple[Any, ...] = ({}, 200, b"", "", "application/octet-stream")
    return {name: value for name, value in parsed.items() if name in expected or value not in unsaid}


STREAMED_IN = [
    (service, operation)
    for service in oracle.SERVICES
    for operation in models.load(service).operations
    if event_stream(models.load(service).input(operation)) is not None
]


@pytest.mark.parametrize(("service", "operation"), STREAMED_IN)
@given(seed=SEEDS, size=SIZES)
def test_events_that_stream_in_reach_the_handler_as_they_were_sent(
    service: str, operation: str, seed: int, size: int
) -> None:
    """botocore sends no event streams, so the other side here is our own writer, which its reader is held against."""
    model = models.load(service)
    shape = model.input(operation)
    stream = event_stream(shape)
    assert shape is not None
    assert stream is not None
    how = making("rest-json", operation, seed, size)
    events = [event for _ in range(4) if (event := made(stream[1], how)) is not None]
    body = event_writer(model, stream[1]).batch(events)
    labels = {name: "a.b" for name, member in shape.members() if member.trait("location") == "uri"}
    target = wire.Target(service, operation, model.protocol, labels)
    assert wire.parse(target, oracle.received("POST", "http://localhost/", [], body), body)[stream[0]] == events


def _modelled_errors(model: Model) -> list[tuple[str, Shape]]:
    """Each error shape once, with an operation that declares it."""
    found = {shape.name: (operation, shape) for operation in model.operations for shape in model.errors(operation)}
    return list(found.values())


@pytest.mark.parametrize(("service", "protocol"), CASES)
@given(seed=SEEDS, size=SIZES)
def test_an_error_that_a_service_models_reaches_its_client_whole(
    service: str, protocol: str, seed: int, size: int
) -> None:
    model = models.load(service)
    for operation, shape in _modelled_errors(model):
        how = making(protocol, shape.name, seed, size, answer=True)
        members = made(shape, how)
        if members is None:
            continue
        message = next((members[name] for name in members if name.lower() == "message"), "went wrong: <&> ü")
        error = ApiError(message, code=shape.name, members=members)
        reply = wire.serialise_error(wire.Target(service, operation, protocol, {}), error, REQUEST_ID)
        assert isinstance(reply.body, bytes)
        assert reply.status == shape.own.get("error", {}).get("httpStatusCode", reply.status)
        parsed = oracle.read_error(service, protocol, reply)
        assert parsed["Error"]["Code"] in {shape.name, shape.own.get("error", {}).get("code")}
        assert (parsed["Error"]["Message"] or "") == message
        assert parsed["ResponseMetadata"]["RequestId"] == REQUEST_ID
        modelled = {name: value for name, value in parsed["modelled"].items() if name.lower() != "message"}
        expected = {name: value for name, value in members.items() if name.lower() != "message"}
        assert {name: value for name, value in modelled.items() if name in expected} == expected, shape.name


@pytest.mark.parametrize(("service", "protocol"), CASES)
@pytest.mark.parametrize("kind", list(Kind))
def test_an_error_of_every_kind_is_read_by_the_client_with_its_message(service: str, protocol: str, kind: Kind) -> None:
    operation = next(iter(models.load(service).operations))
    error = ApiError("it went wrong", kind=kind, retry_after_seconds=2.4)
    reply = wire.serialise_error(wire.Target(service, operation, protocol, {}), error, REQUEST_ID)
    assert isinstance(reply.body, bytes)
    assert 400 <= reply.status < 600
    assert ("Retry-After", "2") in reply.headers
    parsed = oracle.read_error(service, protocol, reply)
    assert parsed["Error"]["Code"]
    assert parsed["Error"]["Message"] == "it went wrong"
    assert parsed["ResponseMetadata"]["RequestId"] == REQUEST_ID


@pytest.mark.parametrize("protocol", list(PROTOCOLS))
def test_an_error_of_an_unknown_service_still_has_the_form_of_its_protocol(protocol: str) -> None:
    reply = wire.serialise_error(wire.Target("", "", protocol, {}), UnknownOperationError("no such thing"), REQUEST_ID)
    assert reply.status in {400, 501}
    assert isinstance(reply.body, bytes)
    assert b"no such thing" in reply.body
