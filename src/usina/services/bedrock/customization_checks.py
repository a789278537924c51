"""What a customization job may not ask for here, and its hyperparameters with their limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from usina.core.custom import CUSTOMIZATION_IMAGE, CUSTOMIZATION_INSTANCE
from usina.core.errors import LimitExceededError, UnavailableError, ValidationError
from usina.services.bedrock.listing import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.ports import ModelCard, Ports

FINE_TUNING: Final = "FINE_TUNING"
_NOT_SERVED: Final = {
    "vpcConfig": "a job here reaches no network at all",
    "customModelKmsKeyId": "custom models are kept as they are",
    "customizationConfig": "models are customized by fine-tuning only",
}
_RUNTIME: Final = "llamacpp"
_ARCHITECTURES: Final = ("", "llama")  # empty: of models that were imported before it was noted


@dataclass(frozen=True, slots=True)
class _Parameter:
    default: str
    least: float
    most: float
    whole: bool = True

    def read(self, name: str, text: str) -> str:
        """The value, written as we write it. Raises: ValidationError."""
        try:
            value = int(text) if self.whole else float(text)
        except ValueError:
            value = float("nan")
        if not self.least <= value <= self.most:
            kind = "a whole number" if self.whole else "a number"
            raise ValidationError(
                f"hyperParameters.{name} must be {kind} from {self.least:g} to {self.most:g}, not {text[:50]!r}."
            )
        return str(value)


PARAMETERS: Final[Mapping[str, _Parameter]] = {
    "epochCount": _Parameter("2", 1, 100),
    "batchSize": _Parameter("4", 1, 64),
    "learningRate": _Parameter("0.0002", 1e-7, 0.1, whole=False),
    "learningRateWarmupSteps": _Parameter("0", 0, 250),
    "loraRank": _Parameter("8", 1, 64),
}


def can_be_customized(card: ModelCard) -> bool:
    """Whether adapters can be made of a model of this site."""
    architecture = card.options.get("architecture", "")
    return card.task == "chat" and card.runtime == _RUNTIME and not card.account and architecture in _ARCHITECTURES


def parameters(given: Mapping[str, str]) -> dict[str, str]:
    """All hyperparameters, those that were not given with their defaults. Raises: ValidationError."""
    for name in given:
        if name not in PARAMETERS:
            raise ValidationError(f"hyperParameters.{name} is not known here; known are {', '.join(PARAMETERS)}.")
    return {name: each.read(name, given.get(name, each.default)) for name, each in PARAMETERS.items()}


def base_of(asked: Mapping[str, Any], account: str, ports: Ports) -> ModelCard:
    """The model that shall be customized. Raises: ValidationError."""
    found = ports.catalogue.resolve(asked["baseModelIdentifier"], account)
    if found is None:
        raise ValidationError("The provided model identifier is invalid.")
    card = found.card
    if not can_be_customized(card):
        able = [each.id for each in ports.catalogue.cards() if can_be_customized(each)]
        raise ValidationError(
            f"The model {card.id} cannot be customized. Models of this site that can: {', '.join(able) or 'none'}."
        )
    return card


def check(asked: Mapping[str, Any], ports: Ports) -> None:
    """Raises: ValidationError where no such job could run here; LimitExceededError; UnavailableError."""
    refuse(asked, _NOT_SERVED)
    kind = asked.get("customizationType") or FINE_TUNING
    if kind != FINE_TUNING:
        raise ValidationError(f"customizationType {kind} is not supported by this site. Use {FINE_TUNING}.")
    data = asked["trainingDataConfig"]
    refuse(data, {"invocationLogsConfig": "training data comes from files"})
    if not data.get("s3Uri"):
        raise ValidationError("trainingDataConfig.s3Uri is required.")
    if unable := ports.jobs.unable():
        raise UnavailableError(f"This site runs no customization jobs: {unable}.")
    if lacking := ports.jobs.lacking(CUSTOMIZATION_IMAGE):
        raise UnavailableError(lacking)
    if refusal := ports.jobs.refusal(CUSTOMIZATION_INSTANCE, 1, "model customization"):
        raise LimitExceededError(refusal)
