"""The policies and tables of docs/security.md are those of this program."""

from __future__ import annotations

import re
from pathlib import Path

import cedarpy

from usina.services import operations
from usina.sovereignty.policy.schema import CONTEXT, PRINCIPAL_ATTRIBUTES, RESOURCE_TYPES, schema_json
from usina.sovereignty.policy.source import parse_text

PAGE = (Path(__file__).parents[3] / "docs" / "security.md").read_text("utf-8")


def test_every_policy_of_the_page_fits_the_schema() -> None:
    schema = cedarpy.Schema.from_json_str(schema_json(operations().values()))
    blocks = re.findall(r"```cedar\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) >= 3
    for block in blocks:
        assert parse_text("security.md", block.encode(), schema)


def test_the_page_names_every_type_and_attribute_that_policy_knows() -> None:
    names = {*RESOURCE_TYPES, *PRINCIPAL_ATTRIBUTES, *CONTEXT}
    names |= {attribute for attributes in RESOURCE_TYPES.values() for attribute in attributes}
    assert not {name for name in names if not re.search(rf"`(Usina::)?{name}`", PAGE)}
