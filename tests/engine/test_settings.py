from __future__ import annotations

from typing import Any

import pytest

from usina.core.errors import OperatorError
from usina.engine.settings import EngineSettings


def test_settings_come_from_the_table() -> None:
    table = {"threads": 2, "openmp_wait": "active", "attached_networks": ["10.0.0.0/8"], "backoff_seconds": 1,
             "attached_keys": {"10.0.0.1:80": "/etc/key"}, "aws_aliases": True}  # fmt: skip
    settings = EngineSettings.from_table(table)
    assert (settings.threads, settings.openmp_wait, settings.aws_aliases) == (2, "active", True)
    assert settings.attached_networks == ("10.0.0.0/8",)
    assert EngineSettings.from_table({}) == EngineSettings()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("unknown", 1),
        ("threads", "2"),
        ("threads", -1),
        ("threads", True),
        ("threads", 1.5),
        ("openmp_wait", "spinning"),
        ("aws_aliases", "yes"),
        ("attached_networks", "10.0.0.0/8"),
        ("attached_networks", [1]),
        ("attached_networks", ["10.0.0.0/99"]),
        ("attached_networks", ["everywhere"]),
        ("attached_keys", {"a": 1}),
        ("slots", 0),
        ("context_tokens", 0),
        ("quick_crashes", 0),
        ("start_seconds", "soon"),
    ],
)
def test_a_wrong_setting_is_told_with_its_name(key: str, value: Any) -> None:
    with pytest.raises(OperatorError, match=key):
        EngineSettings.from_table({key: value})
