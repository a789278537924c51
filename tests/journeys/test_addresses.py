"""The image addresses that the SageMaker SDKs resolve frameworks to lead to images of the shipped table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.clients import run_program
from usina.engine.images.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.running import Factory

IMAGES = {
    "sklearn": "usina/sklearn",
    "xgboost": "usina/xgboost",
    "pytorch": "usina/pytorch",
    "huggingface": "usina/lora",
}
OLD_ALGORITHM = "/xgboost:1"  # Amazon's own program of a time before scripts: there is none here


@pytest.mark.parametrize("client", ["sdk2", "sdk3"])
def test_every_version_of_a_framework_that_an_sdk_knows_leads_to_its_image(
    factory: Factory, client: str, tmp_path: Path
) -> None:
    table = Table.read(tmp_path)
    told = run_program(factory, client, "sdk_addresses.py").result
    assert told.keys() == IMAGES.keys()
    for framework, addresses in told.items():
        assert len(addresses) > 5
        found = {table.find(address) for address in addresses if not address.endswith(OLD_ALGORITHM)}
        assert found == {IMAGES[framework]}
