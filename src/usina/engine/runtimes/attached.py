"""An OpenAI-compatible engine that runs already, inside the site (vLLM, NIM, Ollama, llama.cpp on another machine).

Its address must be a number on a private network: a name could be made to lead outside later, and so could a redirect,
which is never followed. A key for it is read from a file at each start; neither rows nor logs hold it.
"""

from __future__ import annotations

import ipaddress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from usina.core.errors import ApiError, EngineError, UnavailableError, ValidationError
from usina.engine.runtimes import Exchange
from usina.engine.upstream import Endpoint, RefusedError, Upstream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.egress import Egress
    from usina.core.limits import Limits
    from usina.core.ports import ImportSource, Json, ModelCard
    from usina.engine.runtimes import Launch, Work
    from usina.engine.settings import EngineSettings

_PATHS = {"chat": "/chat/completions", "completion": "/completions", "embedding": "/embeddings"}
_KEPT = (
    "messages", "prompt", "max_tokens", "temperature", "top_p", "top_k", "seed", "logprobs", "top_logprobs", "stop",
    "frequency_penalty", "presence_penalty", "logit_bias", "response_format", "stream",
)  # fmt: skip
_CONTEXT_TOKENS = 8_192  # where the engine does not say
_PROBE = "ready"
_HTTP_PORT = 80


class Attached:
    """The `Runtime` port over somebody else's process."""

    name = "attached"
    dialect: Literal["grammar", "schema"] = "schema"

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings

    def can_run(self, card: ModelCard) -> str:
        """Models that were attached."""
        if card.runtime != self.name:
            return f"it is made for {card.runtime}"
        if card.base:
            return "an attached engine loads its adapters itself: attach each by the engine's own name for it"
        return "" if card.options.get("address") and card.options.get("upstream_model") else "it has no address"

    def command(self, card: ModelCard, launch: Launch) -> None:
        """Nothing to start: it runs already."""

    def endpoint(self, card: ModelCard, launch: Launch) -> Endpoint:
        """Its address, judged again: the allowed networks may have changed since it was attached."""
        del launch
        try:
            return private_endpoint(card.options["address"], self._settings)
        except ValidationError as error:
            raise EngineError(error.message) from error

    async def ready(self, card: ModelCard, upstream: Upstream) -> bool:
        """One token, or one vector."""
        model = card.options["upstream_model"]
        try:
            if card.task == "embedding":
                answer = await upstream.call(_PATHS["embedding"], {"model": model, "input": _PROBE})
                return bool(answer["data"][0]["embedding"])
            messages = [{"role": "user", "content": _PROBE}]
            answer = await upstream.call(_PATHS["chat"], {"model": model, "messages": messages, "max_tokens": 1})
            return bool(answer["choices"])
        except (ApiError, RefusedError, LookupError, TypeError):
            return False

    def translate(self, card: ModelCard, work: Work, body: Json, adapters: Sequence[str] = ()) -> Exchange:
        """The same words, with the engine's own name for the model, and only members that every such engine knows."""
        del adapters
        model = card.options["upstream_model"]
        if work == "count":
            return _counting(model, body)
        if work == "embedding":
            sent = {"model": model, "input": body["input"], "encoding_format": "float"}
            return Exchange(_PATHS[work], sent, partial(_finish, card.id, stops=False))
        sent = {key: body[key] for key in _KEPT if body.get(key) is not None}
        sent["model"] = model
        if sent.get("stream"):
            sent["stream_options"] = {"include_usage": True}
        stops = _stops(body)
        finish = partial(_finish, card.id, stops=bool(stops))
        return Exchange(_PATHS[work], sent, finish, fold=lambda: partial(_fold, card.id, stops=bool(stops)))


class Attachment:
    """What an engine says of a model when it is attached."""

    def __init__(self, settings: EngineSettings, limits: Limits, egress: Egress | None) -> None:
        self._settings = settings
        self._limits = limits
        self._egress = egress

    async def inspect(self, source: ImportSource) -> Json:
        """Ask the engine for its models, and the named one for a first answer.

        Raises: ValidationError where the address is not allowed or the model is not there; UnavailableError where
        nothing answers.
        """
        upstream = Upstream(private_endpoint(source.location, self._settings), self._limits, self._egress)
        try:
            listed = await upstream.get("/models")
            entry = next((one for one in listed["data"] if one["id"] == source.upstream_model), None)
            if entry is None:
                raise ValidationError("The attached engine has no model of that name.")
            dimensions = await _dimensions(upstream, source)
        except RefusedError as error:
            raise UnavailableError(f"The attached engine answers with status {error.status}.") from error
        except (LookupError, TypeError) as error:
            raise UnavailableError("What answers at that address is not an OpenAI-compatible engine.") from error
        except EngineError as error:
            raise UnavailableError("Nothing answers at that address.") from error
        finally:
            upstream.close()
        context = entry.get("max_model_len") or (entry.get("meta") or {}).get("n_ctx") or _CONTEXT_TOKENS
        return {
            "name": source.upstream_model,
            "provider": str(entry.get("owned_by") or "attached"),
            "task": "embedding" if dimensions else "chat",
            "runtime": "attached",
            "context_tokens": int(context),
            "embedding_dimensions": dimensions,
            "licence": source.licence,
            "source": source.location,
            "options": {"address": source.location, "upstream_model": source.upstream_model},
        }


def private_endpoint(address: str, settings: EngineSettings) -> Endpoint:
    """An address as an endpoint.

    Raises: ValidationError where it is not `http://NUMBER[:PORT][/PREFIX]` on one of the allowed networks.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or _HTTP_PORT
        host = parts.hostname or ""
        number = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as error:
        raise ValidationError(
            "The address of an attached engine must be http://NUMBER:PORT/v1, with an IP number and no name."
        ) from error
    if parts.scheme != "http" or parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError("The address of an attached engine must be plain: http://NUMBER:PORT/v1.")
    if any(not ("!" < character <= "~") for character in parts.path):
        raise ValidationError("The path of an attached engine's address holds a character that is not allowed.")
    mapped = getattr(number, "ipv4_mapped", None)
    number = mapped or number
    networks = [ipaddress.ip_network(network) for network in settings.attached_networks]
    if not any(number in network for network in networks if network.version == number.version):
        raise ValidationError("The address of an attached engine must be on one of the site's private networks.")
    return Endpoint(host=str(number), port=port, prefix=parts.path.rstrip("/"), bearer=_bearer(settings, host, port))


def _bearer(settings: EngineSettings, host: str, port: int) -> str:
    path = settings.attached_keys.get(f"{host}:{port}")
    if path is None:
        return ""
    try:
        key = Path(path).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValidationError("The file with the attached engine's key cannot be read.") from error
    if not key.isprintable() or " " in key:
        raise ValidationError("The file with the attached engine's key does not hold one word.")
    return key


async def _dimensions(upstream: Upstream, source: ImportSource) -> int:
    """Numbers in a vector of an embedding model; 0 for a chat model."""
    if source.task == "chat":
        return 0
    try:
        answer = await upstream.call(_PATHS["embedding"], {"model": source.upstream_model, "input": _PROBE})
        return len(answer["data"][0]["embedding"])
    except (RefusedError, LookupError, TypeError):
        if source.task == "embedding":
            raise
        return 0


def _stops(body: Json) -> Sequence[str]:
    stop = body.get("stop") or ()
    return [stop] if isinstance(stop, str) else stop


def _finish(model: str, answer: Any, *, stops: bool) -> Json:
    """Our name for the model. Only vLLM says which stop sequence it was; of others it is not known."""
    answer["model"] = model
    for choice in answer.get("choices", ()):
        if choice.get("finish_reason") is not None:
            known = choice.get("stop_reason")
            choice["stop_reason"] = known if stops and isinstance(known, str) else None
    usage = answer.get("usage")
    if usage:
        details = usage.get("prompt_tokens_details") or {}
        usage["prompt_tokens_details"] = {"cached_tokens": details.get("cached_tokens") or 0}
    result: Json = answer
    return result


def _fold(model: str, events: Sequence[Any], *, stops: bool) -> list[Json]:
    return [_finish(model, event, stops=stops) for event in events if event["choices"] or event.get("usage")]


def _counting(model: str, body: Json) -> Exchange:
    """The OpenAI API has no counting: one token is asked for, and the prompt's size is in its usage."""
    path = _PATHS["chat" if "messages" in body else "completion"]
    sent = {key: body[key] for key in ("messages", "prompt") if key in body} | {"model": model, "max_tokens": 1}
    return Exchange(path, sent, lambda answer: {"tokens": answer["usage"]["prompt_tokens"]})
