"""How models and aliases are written in rows, and what a row's card is under the settings of now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from usina.core.ports import ModelCard

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.ports import Row
    from usina.engine.settings import EngineSettings

MODEL = "model"
ALIAS = "alias"
PROFILE = "inference-profile"
SITE_ACCOUNT = ""  # rows of the site, not of a tenant

_TEXTS = ("name", "provider", "runtime", "licence", "source", "sha256", "quantisation", "state", "state_reason")


def card_of(row: Row, settings: EngineSettings, folder: Path) -> ModelCard:
    """The card of a model's row. How long its prompts may be and how many run at once is the settings' to say."""
    body = row.body
    texts = {key: str(body.get(key, "")) for key in _TEXTS}
    task = cast("Literal['chat', 'embedding']", body.get("task") or "chat")
    context = _number(body, "context_tokens")
    if task == "chat" and texts["runtime"] == "llamacpp":
        context = min(context or settings.context_tokens, settings.context_tokens)
    options = {str(key): str(value) for key, value in dict(body.get("options") or {}).items()}
    if body.get("architecture"):
        options["architecture"] = str(body["architecture"])  # of models imported since it is noted
    if texts["runtime"] == "llamacpp":
        if "path" in options:
            options["path"] = str(folder / options["path"])  # rows hold it from the models' folder: a home may be moved
        options["slots"] = str(_slots(_number(body, "cache_bytes_per_token"), context, settings))
    return ModelCard(
        id=row.name,
        task=task,
        context_tokens=context,
        max_output_tokens=(_number(body, "max_output_tokens") or context) if task == "chat" else 0,
        embedding_dimensions=_number(body, "embedding_dimensions"),
        tools=task == "chat",
        structured_output=task == "chat",
        size_bytes=_number(body, "size_bytes"),
        parameter_count=_number(body, "parameter_count"),
        created_at=float(body.get("created_at") or 0.0),
        options=options,
        account=row.account,
        **texts,
    )


def _slots(cache_bytes_per_token: int, context: int, settings: EngineSettings) -> int:
    whole = cache_bytes_per_token * context
    return max(1, min(settings.slots, settings.cache_memory_bytes // whole)) if whole else settings.slots


def _number(body: dict[str, Any], key: str) -> int:
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
