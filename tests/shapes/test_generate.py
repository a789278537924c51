from __future__ import annotations

from typing import TYPE_CHECKING, get_type_hints

import pytest

from usina.shapes import bedrock_runtime_types, generate, sts_types
from usina.shapes.generate import SERVICES, find_model, module_path, render

if TYPE_CHECKING:
    from pathlib import Path

MODELLED = [service for service in SERVICES if find_model(service) is not None]


@pytest.mark.parametrize("service", MODELLED)
def test_the_committed_shapes_are_what_the_generator_makes(service: str) -> None:
    model = find_model(service)
    assert model is not None
    assert module_path(service).read_text(encoding="utf-8") == render(service, model), (
        "run `python -m usina.shapes.generate`"
    )


def test_every_service_that_is_served_has_shapes() -> None:
    assert list(SERVICES) == MODELLED


def test_what_a_model_requires_is_required_in_the_shape() -> None:
    request = bedrock_runtime_types.ConverseRequest
    assert request.__required_keys__ == {"modelId"} or "modelId" in get_type_hints(request)
    assert "RoleArn" in sts_types.AssumeRoleRequest.__annotations__


def test_errors_are_no_events_for_a_handler_to_yield() -> None:
    assert "throttlingException" not in bedrock_runtime_types.ConverseStreamOutput.__annotations__
    assert "contentBlockDelta" in bedrock_runtime_types.ConverseStreamOutput.__annotations__


def test_the_generator_writes_one_module_for_each_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "module_path", lambda service: tmp_path / f"{service}.py")
    assert generate.main() == 0
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(MODELLED)


def test_names_that_python_reserves_are_written_as_keys(tmp_path: Path) -> None:
    model = tmp_path / "2026-01-01" / "service-2.json"
    model.parent.mkdir()
    model.write_text(
        """{"operations": {"Do": {"input": {"shape": "In"}}}, "shapes": {
        "In": {"type": "structure", "required": ["from"], "members": {"from": {"shape": "S"}, "self": {"shape": "In"},
            "kind": {"shape": "any"}, "at": {"shape": "T"}, "many": {"shape": "M"}}},
        "S": {"type": "string"}, "T": {"type": "timestamp"}, "M": {"type": "map", "key": {"shape": "S"},
            "value": {"shape": "L"}}, "L": {"type": "list", "member": {"shape": "D"}},
        "D": {"type": "structure", "members": {}, "document": true}, "any": {"type": "string", "enum": ["a\\"b"]}}}"""
    )
    text = render("odd", model)
    assert '"from": "str"' in text
    assert '"self": "NotRequired[In]"' in text
    assert '"many": "NotRequired[dict[str, list[Any]]]"' in text
    assert 'AnyShape = Literal["a\\"b"]' in text
    compile(text, "odd_types.py", "exec")
