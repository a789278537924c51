"""The `Catalogue` port: a snapshot of models, aliases and inference profiles, made anew when one of them changes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from usina.core.cloud import CLOUD
from usina.core.ids import Arn
from usina.core.ports import ModelCard, Resolution
from usina.engine.customs import Customs
from usina.engine.rows import ALIAS, MODEL, PROFILE, card_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.ports import EngineStatus, Records, Row
    from usina.engine.customs import Key
    from usina.engine.settings import EngineSettings

SHIPPED_SWITCH = "@aws"  # alias that switches the shipped set on: chat ids of the set lead to its model
_SHIPPED = Path(__file__).with_name("aliases.toml")
_REGION_PREFIXES = ("us.", "eu.", "apac.", "global.", "us-gov.", "jp.", "au.", "ca.", "sa.", "me.", "af.")
_MOST_ROWS = 1_000_000  # of one kind; the snapshot is in memory anyway
_MOST_HOPS = 4  # a profile may lead to an alias, and that to a model
_STARTING = frozenset({"STARTING", "BACKOFF", "STOPPED", "DRAINING"})


@dataclass(frozen=True, slots=True)
class _Profile:
    arn: str
    model: str


class SiteCatalogue:
    """Models of the site and their names."""

    def __init__(
        self, records: Records, settings: EngineSettings, region: str, folder: Path = Path(), adapters: Path = Path()
    ) -> None:
        self._records = records
        self._settings = settings
        self._region = region
        self._folder = folder
        self._adapters = adapters
        self._customs = Customs()
        self._custom_cards: dict[Key, ModelCard] = {}
        self._custom_states: dict[Key, ModelCard] = {}
        self._stored: dict[str, ModelCard] = {}
        self._by_id: Mapping[str, ModelCard] = {}
        self._ordered: Sequence[ModelCard] = ()
        self._site_aliases: dict[str, str] = {}
        self._aliases: Mapping[str, str] = MappingProxyType({})
        self._profiles: dict[tuple[str, str], _Profile] = {}
        self._statuses: Callable[[], Sequence[EngineStatus]] = tuple
        self._adapter_state: Callable[[ModelCard], tuple[str, str]] = lambda _: ("STARTING", "")
        self._reloaded: Callable[[], None] = lambda: None

    def observe(
        self,
        statuses: Callable[[], Sequence[EngineStatus]],
        adapter_state: Callable[[ModelCard], tuple[str, str]] | None = None,
        reloaded: Callable[[], None] | None = None,
    ) -> None:
        """Where the states of engines come from, which cards show; and who is told that the rows were read again."""
        self._statuses = statuses
        self._adapter_state = adapter_state or self._adapter_state
        self._reloaded = reloaded or self._reloaded

    def cards(self) -> Sequence[ModelCard]:
        """All models, in order of id."""
        return self._ordered

    def running(self) -> Sequence[ModelCard]:
        """All models that have files here, those of accounts too: what engines are for."""
        return tuple(self._by_id.values())

    def aliases(self) -> Mapping[str, str]:
        """Alias -> model id, the ones in force."""
        return self._aliases

    def resolve(self, name: str, account: str) -> Resolution | None:
        """The model behind a name."""
        card = self._known(name, account)
        if card is not None:
            return Resolution(card, name)
        return self._follow(name, name, account, _MOST_HOPS)

    def _follow(self, name: str, asked: str, account: str, hops: int) -> Resolution | None:
        if not hops:
            return None
        card = self._known(name, account)
        if card is not None:
            return Resolution(card, asked)
        target = self._aliases.get(name)
        if target is not None:
            card = self._by_id.get(target)
            return Resolution(card, asked, alias=name) if card is not None else None
        if name.startswith("arn:"):
            return self._follow_arn(name, asked, account, hops)
        profile = self._profiles.get((account, name))
        if profile is not None:
            return self._through(profile.arn, profile.model, asked, account, hops)
        for prefix in _REGION_PREFIXES:
            if name.startswith(prefix):
                arn = f"arn:aws:bedrock:{self._region}:{account}:inference-profile/{name}"
                return self._through(arn, name.removeprefix(prefix), asked, account, hops)
        return None

    def _known(self, name: str, account: str) -> ModelCard | None:
        card = self._by_id.get(name)
        return card if card is not None and card.account in {"", account} else None

    def _follow_arn(self, name: str, asked: str, account: str, hops: int) -> Resolution | None:
        arn = Arn.parse(name)
        if arn is None or arn.service != "bedrock":
            return None
        kind, _, key = arn.resource.partition("/")
        if kind == "foundation-model" and not arn.account:
            return self._follow(key, asked, account, hops - 1) if not key.startswith("arn:") else None
        if arn.account != account:
            return None  # another tenant's, or nobody's: the answer is the same
        if kind == "application-inference-profile":
            profile = self._profiles.get((account, key))
            return self._through(profile.arn, profile.model, asked, account, hops) if profile is not None else None
        if kind == "inference-profile" and key.startswith(_REGION_PREFIXES):
            return self._through(name, key.partition(".")[2], asked, account, hops)
        found = self._customs.find(arn, account, self._custom_states, self._by_id)
        return replace(found, asked=asked) if found is not None else None

    def _through(self, arn: str, model: str, asked: str, account: str, hops: int) -> Resolution | None:
        found = self._follow(model, asked, account, hops - 1)
        return replace(found, profile_arn=arn) if found is not None else None

    async def reload(self) -> None:
        """Read the rows again."""
        self._stored = {
            row.name: card_of(row, self._settings, self._folder) for row in await _all(self._records, MODEL)
        }
        self._site_aliases = {row.name: str(row.body.get("model", "")) for row in await _all(self._records, ALIAS)}
        self._profiles = dict(_profile(row) for row in await _all(self._records, PROFILE))
        self._customs = await Customs.read(self._records)
        self._custom_cards = self._customs.cards(self._stored, self._adapters)
        self.refresh()
        self._reloaded()

    def adapters(self, model_id: str) -> Sequence[ModelCard]:
        """The custom models that a model's engine is to load beside it."""
        held = (self._custom_cards.get(key) for key in self._customs.wanted())
        return [card for card in held if card is not None and card.base == model_id and card.state == "READY"]

    def adapter_files(self) -> frozenset[str]:
        """The files of all custom models, from the folder of adapters."""
        return frozenset(body["adapter"] for body in self._customs.models.values())

    def updates(self) -> list[tuple[tuple[str, str, str], str]]:
        """Deployments and provisioned throughput that shall get another model, and that model's state."""
        found = []
        for key, body in self._customs.holders.items():
            if body["next"]:
                card = self._custom_states.get((key[1], body["next"])) or self._by_id.get(body["next"])
                found.append((key, "FAILED" if card is None else card.state))
        return found

    def made_from(self, model_id: str) -> int:
        """How many custom models have this one as their base."""
        return sum(body["base"] == model_id for body in self._customs.models.values())

    def refresh(self) -> None:
        """Make the snapshot again from what was read and from the states of engines."""
        states = {status.model: status for status in self._statuses()}
        cards = {}
        for model_id in sorted(self._stored):
            card = self._stored[model_id]
            status = states.get(model_id)
            if card.state == "READY" and status is not None and status.state != "READY":
                state = "STARTING" if status.state in _STARTING else status.state
                card = replace(card, state=state, state_reason=status.reason)
            cards[model_id] = card
        self._by_id = cards
        self._ordered = tuple(card for card in cards.values() if not card.account)
        self._custom_states = {key: self._with_state(card) for key, card in self._custom_cards.items()}
        aliases = self._shipped_aliases()
        aliases.update({alias: model for alias, model in self._site_aliases.items() if alias != SHIPPED_SWITCH})
        self._aliases = MappingProxyType(
            {alias: aliases[alias] for alias in sorted(aliases) if aliases[alias] in cards}
        )

    def _with_state(self, card: ModelCard) -> ModelCard:
        base = self._by_id[card.base]
        if card.state != "READY":
            return card
        if base.state != "READY":
            return replace(card, state=base.state, state_reason=base.state_reason)
        state, reason = self._adapter_state(card)
        return replace(card, state=state, state_reason=reason)

    def _shipped_aliases(self) -> dict[str, str]:
        wanted = self._site_aliases.get(SHIPPED_SWITCH)
        if wanted is None and not self._settings.aws_aliases:
            return {}
        inside = [card for card in self._ordered if card.runtime != CLOUD]
        oldest = sorted(inside, key=lambda card: (card.created_at, card.id))
        made = {}
        for task, ids in shipped_ids().items():
            chosen = self._by_id.get(wanted or "")
            if chosen is None or chosen.task != task:
                chosen = next((card for card in oldest if card.task == task), None)
            if chosen is not None:
                made.update(dict.fromkeys(ids, chosen.id))
        return made


def shipped_ids() -> Mapping[str, Sequence[str]]:
    """The shipped set: task -> AWS-style ids."""
    table: dict[str, dict[str, list[str]]] = tomllib.loads(_SHIPPED.read_text("utf-8"))
    return {task: entries["ids"] for task, entries in table.items()}


def _profile(row: Row) -> tuple[tuple[str, str], _Profile]:
    described: Any = row.body.get("profile") or {}
    return (row.account, row.name), _Profile(
        str(described.get("inferenceProfileArn", "")), str(row.body.get("model", ""))
    )


async def _all(records: Records, kind: str) -> list[Row]:
    return await records.list(kind, most=_MOST_ROWS)
