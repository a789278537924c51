"""The accounts' own models as the catalogue shows them: read from rows, found by ARN, and by their own account only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.custom import CUSTOM_MODEL, HOLDERS, names_of
from usina.core.ports import Resolution

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from usina.core.ids import Arn
    from usina.core.ports import ModelCard, Records, Row

Key = tuple[str, str]  # account, and what the ARN ends with
_MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Customs:
    """What the rows said."""

    models: Mapping[Key, dict[str, Any]] = field(default_factory=dict)
    holders: Mapping[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)  # kind, account, name

    @classmethod
    async def read(cls, records: Records) -> Customs:
        """All of them, of all accounts."""
        models = {(row.account, row.name): row.body for row in await _all(records, CUSTOM_MODEL)}
        holders = {(row.kind, row.account, row.name): row.body for kind in HOLDERS for row in await _all(records, kind)}
        return cls(models, holders)

    def wanted(self) -> Iterator[Key]:
        """Models that something holds: they are to be loaded."""
        held = {(account, name) for (_, account, _), body in self.holders.items() for name in names_of(body)}
        return (key for key in sorted(held) if key in self.models)

    def _card(self, key: Key, bases: Mapping[str, ModelCard], folder: Path | None) -> ModelCard | None:
        """The card of a custom model; None where its base is not a model of this site any more."""
        body = self.models[key]
        base = bases.get(body["base"])
        if base is None:
            return None
        path = body["adapter"] if folder is None else folder / body["adapter"]
        options = {"adapter": str(path)}
        card = replace(
            base,
            id=body["arn"],
            name=body["name"],
            account=key[0],
            base=base.id,
            options=options,
            source=str(body.get("job", "")),
            sha256=body["sha256"],
            size_bytes=body["size_bytes"],
            created_at=float(body["created"]),
        )
        if base.sha256 != body["base_sha256"]:
            reason = f"the file of {base.id} is not the one that this model was made from"
            return replace(card, state="FAILED", state_reason=reason)
        if isinstance(path, Path) and not path.is_file():
            return replace(card, state="FAILED", state_reason="its file is missing: restore it from a backup")
        return card

    def cards(self, bases: Mapping[str, ModelCard], folder: Path | None) -> dict[Key, ModelCard]:
        """All cards, as the files on disk (of no folder: none are missing) and the models of the site let them be."""
        made = ((key, self._card(key, bases, folder)) for key in self.models)
        return {key: card for key, card in made if card is not None}

    def find(
        self, arn: Arn, account: str, cards: Mapping[Key, ModelCard], bases: Mapping[str, ModelCard]
    ) -> Resolution | None:
        """The model that an ARN leads to. None where that is not this account's, or not there."""
        asked = str(arn)
        kind, _, rest = arn.resource.partition("/")
        if arn.account != account:
            return None
        if kind == CUSTOM_MODEL:
            card = cards.get((account, rest.rpartition("/")[2]))
            return Resolution(card, asked) if card is not None and card.id == asked else None
        holder = self.holders.get((kind, account, rest))
        if holder is None or holder["arn"] != asked:
            return None
        for name in reversed(names_of(holder)):
            card = cards.get((account, name)) or bases.get(name)
            if card is not None and (card.state == "READY" or name == holder["model"]):
                return Resolution(card, asked, deployment_arn=asked)
        return None


async def _all(records: Records, kind: str) -> list[Row]:
    return await records.list(kind, most=_MOST_ROWS)
