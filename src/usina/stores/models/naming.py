"""Ids of models: `PROVIDER.NAME`, from what the files say, in the characters that Bedrock allows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from usina.core.errors import ValidationError
from usina.stores.models.header import read_header

if TYPE_CHECKING:
    from usina.stores.models.found import Found

_QUANTISATION = re.compile(r"[-._](?:I?Q\d[A-Z0-9_]*|F16|F32|BF16|FP16)$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^a-z0-9.-]+")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,139}")  # as Bedrock: at most 140 characters of these


def slug(text: str) -> str:
    """The part of a model id that a name gives: lower case, without the name of a quantisation."""
    return _UNSAFE.sub("-", _QUANTISATION.sub("", text).lower()).strip("-.") or "model"


def identify(found: Found) -> str:
    """The id of a model that was found: the known one, or provider and name of its files."""
    known = dict(found.known)
    if "id" in known:
        return known["id"]
    provider = known.get("provider", "local")
    if found.form == "gguf" and "provider" not in known:
        provider = str(read_header(found.path).values.get("general.organization") or provider)
    return f"{slug(provider)}.{slug(found.stem)}"


def check_id(model_id: str) -> None:
    """Raises: ValidationError where it cannot be an id (it also becomes the name of a folder)."""
    if not _ID.fullmatch(model_id) or ".." in model_id or model_id.startswith("arn:"):
        raise ValidationError(
            f"{model_id[:200]!r} cannot be an id: letters, digits, '.', '_', ':' and '-' only, at most 140."
        )
