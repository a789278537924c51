"""A Responses API request: its struct, and the chat body for the engine made of it.

Nothing is stored here: a response holds prompts, and this site keeps none. So `store` is answered with false whatever
was asked, and what needs a stored response is refused by name: `previous_response_id`, `conversation`, `background`,
item references. Send the earlier items again instead, as with chat. Tools are functions; those that run at OpenAI are
refused. `reasoning` and `verbosity` are hints and are ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from usina.services.openai.chat_request import FunctionName, schema_format
from usina.services.openai.checking import IGNORED, Refusals, checked, invalid, missing
from usina.services.openai.response_input import Item, messages_of
from usina.services.openai.sampling import StreamOptions, Text, Tokens  # noqa: TC001 - msgspec reads annotations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.ports import Json

_NOTHING_STORED: Final = "Nothing is stored on this site: send the earlier items in 'input' instead."
IGNORED_IN_RESPONSES: Final = IGNORED | {"reasoning", "max_tool_calls"}
REFUSED_IN_RESPONSES: Final = Refusals(
    {
        "previous_response_id": ((), _NOTHING_STORED),
        "conversation": ((), _NOTHING_STORED),
        "background": ((False,), "Nothing is stored on this site: an answer exists only for who waits for it."),
        "prompt": ((), "Nothing is stored on this site: send 'instructions' and 'input'."),
        "context_management": (([],), "Nothing is compacted here: send what the model is to read."),
        "moderation": ((), "This site serves no moderation model."),
        "image": ((), "The models of this site answer in text only."),
    }
)
_LOGPROBS: Final = "message.output_text.logprobs"
_NO_REASONING: Final = "reasoning.encrypted_content"  # asks for what no model here has: nothing to include


class ToolSpec(msgspec.Struct):
    """A tool; only functions are served."""

    type: str
    name: FunctionName | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class NamedTool(msgspec.Struct):
    """One function that must be called."""

    type: Literal["function"]
    name: Text


class TextFormat(msgspec.Struct):
    """The form of the answer; the schema's fields stand beside the type here."""

    type: Literal["text", "json_object", "json_schema"]
    name: FunctionName | None = None
    schema: dict[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


class TextConfig(msgspec.Struct):
    """How the text is to be written."""

    format: TextFormat | None = None
    verbosity: str | None = None


class ResponseRequest(msgspec.Struct, kw_only=True):
    """The body of `POST /v1/responses`."""

    model: str
    input: str | Annotated[list[Item], Meta(min_length=1)]
    instructions: str | None = None
    max_output_tokens: Tokens | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    tools: Annotated[list[ToolSpec], Meta(max_length=128)] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = None
    metadata: dict[str, str] | None = None
    user: str | None = None
    text: TextConfig | None = None
    include: list[str] | None = None
    truncation: Literal["disabled"] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None


def read_response(arguments: Mapping[str, Any]) -> tuple[ResponseRequest, Json]:
    """The request, and the chat body for the engine.

    Raises:
        ValidationError: naming the parameter.
    """
    request = checked(ResponseRequest, arguments, IGNORED_IN_RESPONSES, REFUSED_IN_RESPONSES)
    body: Json = {"messages": messages_of(request.input, request.instructions)}
    for name, there in (("max_output_tokens", "max_tokens"), ("temperature", "temperature"), ("top_p", "top_p")):
        if (value := arguments.get(name)) is not None:
            body[there] = value
    if request.tools or request.tool_choice is not None:
        _pass_tools(request, body)
    if request.text is not None and request.text.format is not None and request.text.format.type != "text":
        body["response_format"] = _format(request.text.format)
    if _wants_logprobs(request):
        body["logprobs"] = True
        if request.top_logprobs:
            body["top_logprobs"] = request.top_logprobs
    if request.stream_options is not None and not request.stream:
        raise invalid("stream_options", "only allowed when 'stream' is true.")
    return request, body


def _wants_logprobs(request: ResponseRequest) -> bool:
    included = request.include or []
    for index, name in enumerate(included):
        if name not in {_LOGPROBS, _NO_REASONING}:
            raise invalid(f"include[{index}]", "nothing of that name exists on this site.", "unsupported_value")
    return _LOGPROBS in included or bool(request.top_logprobs)


def _pass_tools(request: ResponseRequest, body: Json) -> None:
    tools: list[Json] = []
    for index, tool in enumerate(request.tools or []):
        if tool.type != "function":
            raise invalid(
                f"tools[{index}].type", "only functions are served; this tool runs at OpenAI.", "unsupported_value"
            )
        if tool.name is None:
            raise missing(f"tools[{index}].name")
        given = {"description": tool.description, "parameters": tool.parameters, "strict": tool.strict}
        function = {key: value for key, value in given.items() if value is not None}
        tools.append({"type": "function", "function": {"name": tool.name, **function}})
    names = {tool["function"]["name"] for tool in tools}
    if len(names) != len(tools):
        raise invalid("tools", "two functions have the same name.")
    choice = request.tool_choice
    if isinstance(choice, NamedTool) and choice.name not in names:
        raise invalid("tool_choice.name", "no function of that name is among the tools.")
    if choice == "required" and not tools:
        raise invalid("tool_choice", "only allowed when 'tools' are specified.")
    if not tools:
        return
    body["tools"] = tools
    if choice is not None:
        body["tool_choice"] = (
            {"type": "function", "function": {"name": choice.name}} if isinstance(choice, NamedTool) else choice
        )


def _format(wanted: TextFormat) -> Json:
    if wanted.type == "json_object":
        return schema_format("object", None)
    if wanted.name is None or wanted.schema is None:
        raise missing("text.format.name" if wanted.name is None else "text.format.schema")
    return schema_format(wanted.name, wanted.schema)
