"""The service model and the handlers say the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.loaders import Loader
from botocore.session import Session

from usina.services import operations

MODELS = Path(__file__).parents[3] / "src" / "usina" / "shapes" / "models"
MODEL = json.loads((MODELS / "usina" / "2026-11-01" / "service-2.json").read_text("utf-8"))


def test_every_modelled_operation_is_served_and_every_served_one_is_modelled() -> None:
    assert {name for service, name in operations() if service == "usina"} == set(MODEL["operations"])


def test_everything_in_the_model_is_documented() -> None:
    silent = [name for name, operation in MODEL["operations"].items() if not operation.get("documentation")]
    silent += [
        f"{name}.{member}"
        for name, shape in MODEL["shapes"].items()
        if shape["type"] == "structure" and not shape.get("exception")
        for member, reference in shape["members"].items()
        if not reference.get("documentation")
    ]
    assert not silent


def test_every_shape_of_the_model_is_used() -> None:
    used = {MODEL["operations"][name][way]["shape"] for name in MODEL["operations"] for way in ("input", "output")}
    used |= {error["shape"] for operation in MODEL["operations"].values() for error in operation["errors"]}
    for shape in MODEL["shapes"].values():
        used |= {reference["shape"] for reference in shape.get("members", {}).values()}
        used |= {shape[key]["shape"] for key in ("member", "key", "value") if key in shape}
    assert used == set(MODEL["shapes"])


@pytest.fixture(scope="module")
def session() -> Session:
    made = Session()
    made.register_component("data_loader", Loader(extra_search_paths=[str(MODELS)]))
    return made


def test_botocore_makes_a_client_with_paginators_and_waiters(session: Session) -> None:
    client = session.create_client(
        "usina",
        region_name="us-east-1",
        endpoint_url="http://localhost:1",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
    )
    for name in ("list_models", "list_aliases", "list_keys"):
        assert client.can_paginate(name)
    assert client.waiter_names == ["factory_ready", "model_ready"]
    for name in client.waiter_names:
        client.get_waiter(name)
