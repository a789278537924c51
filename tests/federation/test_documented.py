"""The policies and tables of docs/cloud-link.md are those of this program."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import cedarpy

from usina.federation.budgets import DEFAULT
from usina.services import operations
from usina.sovereignty.policy.schema import RESOURCE_TYPES, schema_json
from usina.sovereignty.policy.source import parse_text

PAGE = (Path(__file__).parents[2] / "docs" / "cloud-link.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_policy_of_the_page_fits_the_schema() -> None:
    schema = cedarpy.Schema.from_json_str(schema_json(operations().values()))
    assert len(blocks("cedar")) == 3
    for block in blocks("cedar"):
        assert parse_text("cloud-link.md", block.encode(), schema)


def test_the_page_names_every_attribute_that_policy_knows() -> None:
    assert all(f"`{name}`" in PAGE for name in RESOURCE_TYPES["CloudModel"])


def test_the_settings_of_the_page_are_settings() -> None:
    (block,) = blocks("toml")
    assert set(tomllib.loads(block)) == {"egress"}


def test_the_page_says_the_budget_of_a_site_that_set_none() -> None:
    assert (DEFAULT.requests, DEFAULT.bytes, DEFAULT.tokens) == (1_000, 50_000_000, 1_000_000)
    assert "1,000 requests, 50 MB and\n1,000,000 tokens a day" in PAGE
