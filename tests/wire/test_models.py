from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.wire import oracle
from usina.wire import models
from usina.wire.models import UnknownServiceError, load, model_path, read_document

if TYPE_CHECKING:
    from pathlib import Path


def test_our_own_models_are_found_before_botocores() -> None:
    assert model_path("usina").is_relative_to(models.OWN_MODELS)
    assert "botocore" in model_path("sts").parts


@pytest.mark.parametrize("name", ["", "no-such-service", "../sts", "sts/../iam", "a\x00b"])
def test_a_service_without_a_model_is_unknown(name: str) -> None:
    with pytest.raises(UnknownServiceError):
        load(name)


def test_a_model_is_kept_without_its_prose() -> None:
    model = load("bedrock-runtime")
    assert "documentation" not in model.operations["Converse"]
    assert not any("documentation" in shape for shape in model.shapes.values())


def test_a_model_is_read_once() -> None:
    assert load("sts") is load("sts")


def test_a_member_named_like_prose_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "service-2.json"
    path.write_text(
        '{"documentation": "prose", "shapes": {"S": {"type": "structure", "documentation": "prose",'
        ' "members": {"documentation": {"shape": "T", "documentation": "prose"}}}}}'
    )
    assert read_document(path) == {"shapes": {"S": {"type": "structure", "members": {"documentation": {"shape": "T"}}}}}


def test_what_the_sdk_adds_to_a_model_is_merged() -> None:
    assert load("s3").shapes["Expires"]["type"] == "timestamp"


def test_traits_of_a_member_win_over_those_of_its_shape() -> None:
    shape = load("bedrock-runtime").input("Converse")
    assert shape is not None
    member = shape.member("modelId")
    assert member is not None
    assert member.trait("location") == "uri"
    assert shape.member("nothing") is None


# Traits that the codec honours, and those it may pass over (prose, hints for clients, what other parts look at).
HONOURED = {
    *("type", "members", "member", "key", "value", "required", "shape", "location", "locationName", "payload"),
    *("min", "max", "pattern", "enum", "union", "document", "timestampFormat", "flattened", "jsonvalue"),
    *("xmlNamespace", "xmlAttribute", "streaming", "event", "eventstream", "eventpayload", "eventheader"),
    *("exception", "error", "fault", "idempotencyToken", "resultWrapper"),
}
PASSED_OVER = {
    *("box", "sensitive", "deprecated", "deprecatedSince", "contextParam", "hostLabel", "retryable", "synthetic"),
    *("xmlOrder", "wrapper"),
}
OPERATION_TRAITS = {
    *("name", "http", "input", "output", "errors", "requestcompression", "deprecated"),
    *("idempotent", "readonly", "staticContextParams", "httpChecksum", "authtype", "auth", "endpoint"),
    *("unsignedPayload", "httpChecksumRequired", "endpointdiscovery"),
}


def test_no_model_has_a_trait_that_nobody_has_looked_at() -> None:
    unknown = set()
    for service in (*oracle.SERVICES, "usina"):
        model = load(service)
        for definition in model.operations.values():
            unknown |= definition.keys() - OPERATION_TRAITS
        for shape in model.shapes.values():
            parts = (shape.get(part, {}) for part in ("member", "key", "value"))
            for traits in (shape, *shape.get("members", {}).values(), *parts):
                unknown |= traits.keys() - HONOURED - PASSED_OVER
    assert unknown == set()
