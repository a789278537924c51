"""A chat completion request: its struct, and the engine body made of it.

Not served, and refused by name: sound, images and files in messages (no model here can take them), the `functions` form
that `tools` replaced in 2023, web search. `reasoning_effort`, `verbosity` and `prediction` are hints and are ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from usina.services.openai.checking import IGNORED, Refusals, checked, invalid, missing
from usina.services.openai.sampling import Sampling, Text, Tokens, pass_sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Json

IGNORED_IN_CHAT: Final = IGNORED | {"reasoning_effort", "verbosity", "prediction"}
REFUSED_IN_CHAT: Final = Refusals(
    {
        "modalities": ((["text"],), "The models of this site answer in text only."),
        "audio": ((), "The models of this site answer in text only."),
        "functions": (([],), "Use 'tools', which replaced it."),
        "function_call": ((), "Use 'tool_choice', which replaced it."),
        "web_search_options": ((), "Nothing leaves this site: there is no web search."),
        "moderation": ((), "This site serves no moderation model."),
    }
)
_MOST_TOOLS = 128

FunctionName = Annotated[str, Meta(pattern="^[a-zA-Z0-9_-]{1,64}$")]


class Part(msgspec.Struct):
    """A piece of a message."""

    type: Literal["text", "refusal", "image_url", "input_audio", "file"]
    text: str | None = None
    refusal: str | None = None


class CalledFunction(msgspec.Struct):
    """What an assistant called; `arguments` is JSON text."""

    name: Text
    arguments: str


class ToolCall(msgspec.Struct):
    """A call that an assistant made in an earlier turn."""

    id: Text
    function: CalledFunction
    type: Literal["function"] = "function"


class Message(msgspec.Struct):
    """One turn. Fields that answers carry and requests may echo (`refusal`, `annotations`) are dropped."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    function_call: None = None
    audio: None = None


class Function(msgspec.Struct):
    """A tool's signature; no parameters means that it takes none."""

    name: FunctionName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(msgspec.Struct):
    """A function that the model may call."""

    type: Literal["function"]
    function: Function


class NamedFunction(msgspec.Struct):
    """A function by its name."""

    name: Text


class ToolChoice(msgspec.Struct):
    """One function that must be called."""

    type: Literal["function"]
    function: NamedFunction


class JsonSchema(msgspec.Struct):
    """The schema that an answer must fit; `schema` left out: any object."""

    name: FunctionName
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class ResponseFormat(msgspec.Struct):
    """The form of the answer."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class ChatRequest(Sampling, kw_only=True):
    """The body of `POST /v1/chat/completions`."""

    messages: Annotated[list[Message], Meta(min_length=1)]
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    tools: Annotated[list[Tool], Meta(max_length=_MOST_TOOLS)] | None = None
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None


def read_chat(arguments: Mapping[str, Any]) -> tuple[ChatRequest, Json]:
    """The request, and the body for the engine.

    Raises:
        ValidationError: naming the parameter.
    """
    request = checked(ChatRequest, arguments, IGNORED_IN_CHAT, REFUSED_IN_CHAT)
    body: Json = {"messages": plain_messages(request.messages)}
    limit = request.max_completion_tokens or request.max_tokens
    if limit is not None:
        body["max_tokens"] = limit
    pass_sampling(request, arguments, body)
    if request.tools or request.tool_choice is not None:
        _pass_tools(request, arguments, body)
    if request.response_format is not None and request.response_format.type != "text":
        body["response_format"] = json_format(request.response_format)
    if request.logprobs:
        body["logprobs"] = True
        if request.top_logprobs is not None:
            body["top_logprobs"] = request.top_logprobs
    elif request.top_logprobs:
        raise invalid("top_logprobs", "only allowed when 'logprobs' is true.")
    return request, body


def plain_messages(messages: Sequence[Message]) -> list[Json]:
    """Messages as every engine reads them: text content, the roles that chat templates know.

    Raises:
        ValidationError: a part that is not text, or a turn without what its role needs.
    """
    plain: list[Json] = []
    for index, message in enumerate(messages):
        role = message.role
        content = message.content
        if type(content) is list:
            content = _joined(content, index)
        turn: Json = {"role": "system" if role == "developer" else role, "content": content}
        if message.name:
            turn["name"] = message.name
        if role == "assistant":
            _add_calls(turn, message)
        elif content is None:
            raise invalid(f"messages[{index}].content", f"a message of role {role} needs content.")
        elif role == "tool":
            if not message.tool_call_id:
                raise invalid(f"messages[{index}].tool_call_id", "a message of role tool needs it.")
            turn["tool_call_id"] = message.tool_call_id
        plain.append(turn)
    return plain


def _add_calls(turn: Json, message: Message) -> None:
    if message.tool_calls:
        turn["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
            for call in message.tool_calls
        ]
    elif turn["content"] is None:
        turn["content"] = ""


def _joined(parts: Sequence[Part], index: int) -> str:
    texts = []
    for position, part in enumerate(parts):
        text = part.text if part.type == "text" else part.refusal if part.type == "refusal" else None
        if text is None:
            param = f"messages[{index}].content[{position}]"
            if part.type in {"text", "refusal"}:
                raise invalid(f"{param}.{part.type}", "the part has no text.", "missing_required_parameter")
            raise invalid(
                param,
                f"parts of type {part.type} need a model that can take them; the models of this site read text.",
                "unsupported_content",
            )
        texts.append(text)
    return "\n".join(texts)


def _pass_tools(request: ChatRequest, arguments: Mapping[str, Any], body: Json) -> None:
    tools = request.tools or []
    names = {tool.function.name for tool in tools}
    if len(names) != len(tools):
        raise invalid("tools", "two functions have the same name.")
    choice = request.tool_choice
    if isinstance(choice, ToolChoice):
        if choice.function.name not in names:
            raise invalid("tool_choice.function.name", "no function of that name is among the tools.")
    elif choice == "required" and not tools:
        raise invalid("tool_choice", "only allowed when 'tools' are specified.")
    if not tools:
        return
    body["tools"] = arguments["tools"]
    if choice is not None:
        body["tool_choice"] = (
            {"type": "function", "function": {"name": choice.function.name}}
            if isinstance(choice, ToolChoice)
            else choice
        )


def json_format(wanted: ResponseFormat) -> Json:
    """`response_format` for an engine; a plain JSON object is a schema too.

    Raises:
        ValidationError: a json_schema format without its schema.
    """
    given = wanted.json_schema
    if wanted.type == "json_object":
        return schema_format("object", None)
    if given is None:
        raise missing("response_format.json_schema")
    return schema_format(given.name, given.schema)


def schema_format(name: str, schema: dict[str, Any] | None) -> Json:
    """The one form in which engines are asked for JSON; without a schema any object will do.

    Always strict: decoding is constrained to the schema, which a caller who left `strict` out cannot mind.
    """
    wanted = {"type": "object"} if schema is None else schema
    return {"type": "json_schema", "json_schema": {"name": name, "schema": wanted, "strict": True}}
