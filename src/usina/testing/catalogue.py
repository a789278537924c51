"""A catalogue and a model store in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from usina.core.errors import NotFoundError
from usina.core.ids import Arn
from usina.core.ports import EngineStatus, ModelCard, Resolution
from usina.engine.customs import Customs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import ImportSource, Records

CHAT = ModelCard(
    id="huggingfacetb.smollm2-135m-instruct",
    name="SmolLM2 135M Instruct",
    provider="HuggingFaceTB",
    task="chat",
    runtime="fake",
    context_tokens=8_192,
    max_output_tokens=8_192,
    tools=True,
    structured_output=True,
    licence="Apache-2.0",
    created_at=1_800_000_000.0,
)
EMBEDDING = ModelCard(
    id="sentence-transformers.all-minilm-l6-v2",
    name="all-MiniLM-L6-v2",
    provider="sentence-transformers",
    task="embedding",
    runtime="fake",
    context_tokens=512,
    embedding_dimensions=384,
    licence="Apache-2.0",
    created_at=1_800_000_000.0,
)

_REGIONS = frozenset({"us", "eu", "apac", "global"})
_PROFILE_ARN = "arn:aws:bedrock:us-east-1:"


class FakeCatalogue:
    """The `Catalogue` port over a list of cards, a dict of aliases and the rows of inference profiles."""

    def __init__(
        self,
        cards: Sequence[ModelCard] = (CHAT, EMBEDDING),
        aliases: Mapping[str, str] | None = None,
        records: Records | None = None,
    ) -> None:
        self.by_id = {card.id: card for card in cards}
        self.by_alias = dict(aliases or {})
        self._records = records
        self._profiles: dict[tuple[str, str], tuple[str, str]] = {}  # (account, profile id) -> (ARN, model id)
        self._customs = Customs()
        self._custom_cards: dict[tuple[str, str], ModelCard] = {}

    def cards(self) -> Sequence[ModelCard]:
        """All models, in order of id."""
        return [self.by_id[model_id] for model_id in sorted(self.by_id)]

    def aliases(self) -> Mapping[str, str]:
        """Alias -> model id."""
        return self.by_alias

    def resolve(self, name: str, account: str) -> Resolution | None:
        """From a model id, alias, ARN, or inference profile id or ARN."""
        key, profile_arn = name, ""
        region, _, base = name.rpartition("/")[2].partition(".")
        if region in _REGIONS and base in self.by_alias and name not in self.by_alias:
            profile_arn = name if name.startswith("arn:") else f"{_PROFILE_ARN}{account}:inference-profile/{name}"
            if profile_arn.split(":")[4] != account:
                return None
            return self._found(self.by_alias[base], name, alias=base, profile_arn=profile_arn)
        arn = Arn.parse(name)
        own = self._customs.find(arn, account, self._custom_cards, self.by_id) if arn is not None else None
        if own is not None:
            return own
        if arn is not None:
            resource_type, _, key = arn.resource.partition("/")
            foundation = resource_type == "foundation-model" and not arn.account
            profile = resource_type in {"inference-profile", "application-inference-profile"}
            if arn.service != "bedrock" or not (foundation or (profile and arn.account == account)):
                return None
            if resource_type == "inference-profile":
                profile_arn = name
        known = self._profiles.get((account, key))
        if known is not None and (arn is None or arn.resource.startswith("application-")):
            alias = known[1] if known[1] in self.by_alias else ""
            return self._found(self.by_alias.get(known[1], known[1]), name, alias=alias, profile_arn=known[0])
        if key in self.by_id:
            return self._found(key, name, profile_arn=profile_arn)
        if key in self.by_alias:
            return self._found(self.by_alias[key], name, alias=key, profile_arn=profile_arn)
        return None

    def _found(self, model_id: str, asked: str, alias: str = "", profile_arn: str = "") -> Resolution | None:
        card = self.by_id.get(model_id)
        return None if card is None else Resolution(card, asked, alias, profile_arn)

    async def reload(self) -> None:
        """Read the rows of inference profiles, custom models and what deploys them again."""
        if self._records is None:
            return
        rows = await self._records.list("inference-profile")
        self._profiles = {
            (row.account, row.name): (row.body["profile"]["inferenceProfileArn"], row.body["model"]) for row in rows
        }
        self._customs = await Customs.read(self._records)
        self._custom_cards = self._customs.cards(self.by_id, None)


class FakeModelStore:
    """The `ModelStore` port over a `FakeCatalogue`: an import is there at once."""

    def __init__(self, catalogue: FakeCatalogue) -> None:
        self._catalogue = catalogue

    async def import_model(self, source: ImportSource) -> str:
        """A card named after the source, ready."""
        model_id = source.model_id or f"local.{source.location.rsplit('/', 1)[-1].lower()}"
        template = EMBEDDING if source.task == "embedding" else CHAT
        self._catalogue.by_id[model_id] = replace(
            template, id=model_id, name=model_id.partition(".")[2], provider="local", source=source.location
        )
        return model_id

    def progress(self, model_id: str) -> tuple[str, float]:
        """No import ever runs."""
        del model_id
        return ("", 1.0)

    async def remove_model(self, model_id: str) -> None:
        """Forget the card."""
        if self._catalogue.by_id.pop(model_id, None) is None:
            raise NotFoundError(f"no model {model_id}")

    async def set_alias(self, alias: str, model_id: str | None) -> None:
        """Point an alias at a model, or take it away."""
        if model_id is None:
            if self._catalogue.by_alias.pop(alias, None) is None:
                raise NotFoundError(f"no alias {alias}")
        elif model_id not in self._catalogue.by_id:
            raise NotFoundError(f"no model {model_id}")
        else:
            self._catalogue.by_alias[alias] = model_id

    def engines(self) -> Sequence[EngineStatus]:
        """Every model runs."""
        return [EngineStatus(card.id, "READY", 0, 0, 0) for card in self._catalogue.cards()]
