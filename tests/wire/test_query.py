from __future__ import annotations

from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from tests.wire import oracle
from usina import wire
from usina.core.errors import ApiError, Kind, NotFoundError, ValidationError

ASSUME = wire.Target("sts", "AssumeRole", "query", {})
ROLE = {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "me"}
NAMESPACE = "{https://sts.amazonaws.com/doc/2011-06-15/}"


def parsed(fields: dict[str, str], target: wire.Target = ASSUME) -> dict[str, object]:
    body = urlencode({"Action": target.operation, "Version": "2011-06-15", **fields}).encode()
    return wire.parse(target, oracle.received("POST", "http://localhost/", [], body), body)


def test_elements_are_taken_in_the_order_of_their_numbers_whatever_is_left_out() -> None:
    late, early = "Tags.member.10", "Tags.member.2"
    tags = {f"{late}.Key": "c", f"{late}.Value": "3", f"{early}.Key": "a", f"{early}.Value": "1"}
    assert parsed({**ROLE, **tags})["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "c", "Value": "3"}]


def test_a_query_string_carries_a_request_as_well_as_a_form_does() -> None:
    received = oracle.received("GET", f"http://localhost/?{urlencode({'Action': 'AssumeRole', **ROLE})}", [], b"")
    assert wire.parse(ASSUME, received, b"") == ROLE


@pytest.mark.parametrize(
    "fields",
    [
        {"RoleArn.member.1": "x"},
        {"DurationSeconds": "ten"},
        {"DurationSeconds.x": "10"},
        {"Tags.member.1": "x"},
        {"RoleArn": "short"},
        {},
    ],
)
def test_fields_that_do_not_fit_are_refused_by_name(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        parsed({"RoleSessionName": "me", **fields})
    assert "'" in caught.value.message


def test_fields_that_no_form_has_are_malformed() -> None:
    with pytest.raises(ApiError) as caught:
        wire.parse(ASSUME, oracle.received("POST", "http://localhost/", [], b"RoleArn=\xff"), b"RoleArn=\xff")
    assert caught.value.error_kind is Kind.MALFORMED


def test_an_answer_has_its_result_and_the_id_of_its_request() -> None:
    reply = wire.serialise(ASSUME, {"Credentials": None, "PackedPolicySize": 6}, "r-1")
    assert isinstance(reply.body, bytes)
    root = ET.fromstring(reply.body)
    assert root.tag == f"{NAMESPACE}AssumeRoleResponse"
    assert [child.tag for child in root] == [f"{NAMESPACE}AssumeRoleResult", f"{NAMESPACE}ResponseMetadata"]
    assert root.findtext(f".//{NAMESPACE}RequestId") == "r-1"
    assert root.find(f".//{NAMESPACE}Credentials") is None


def test_an_error_says_whose_fault_it_is_and_escapes_its_text() -> None:
    reply = wire.serialise_error(ASSUME, NotFoundError("<no> & none"), "r-1")
    assert isinstance(reply.body, bytes)
    root = ET.fromstring(reply.body)
    assert root.findtext(f".//{NAMESPACE}Type") == "Sender"
    assert root.findtext(f".//{NAMESPACE}Message") == "<no> & none"
