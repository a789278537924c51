"""Tools and structured output for engines that cannot do them by themselves: request to request, answer to answer.

A request with tools becomes one whose system message describes them and whose output a grammar holds to one call per
tool's schema (`auto`: or to plain text); the text that comes is read back into OpenAI's `tool_calls`. Structured output
is the grammar of its schema. Pure functions; nothing here talks to an engine.

Two dialects: `grammar` (GBNF, llama.cpp), and `schema` (a JSON schema in `response_format`, for attached engines), in
which plain text is the member `answer` of an object, because a schema has no words for plain text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from usina.core.errors import ValidationError
from usina.engine.calls import CallReader
from usina.engine.grammar import Grammar, quoted, schema_grammar
from usina.engine.toolwords import CALL_MARK, plain_messages, system_words

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from usina.core.ports import Json

Dialect = Literal["grammar", "schema"]
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_MOST_TOOLS = 128
_MOST_CALLS = 8  # of one answer, where parallel calls are asked for
_TEXT_RULE = r"[^<{\[ \n] [^\x00]*"  # so that what begins like a call is one
_ANY_OBJECT = {"type": "object"}
_VALUES = frozenset({"const", "enum", "default", "examples"})  # what is under them is no schema


class Constraint:
    """A request as the engine gets it, and the way back for its answer."""

    def __init__(self, body: Json, *, calls: bool) -> None:
        self.body = body
        self._calls = calls

    def answer(self, answer: Json) -> Json:
        """The engine's whole answer with its calls read."""
        if not self._calls:
            return answer
        for choice in answer["choices"]:
            message = choice["message"]
            reader = CallReader()
            deltas = reader.feed(message.get("content") or "") + reader.finish()
            choice["message"] = _message(message, deltas)
            if reader.calls and choice["finish_reason"] == "stop":
                choice["finish_reason"] = "tool_calls"
        return answer

    def stream(self, batches: AsyncGenerator[Sequence[Json], None]) -> AsyncGenerator[Sequence[Json], None]:
        """The engine's stream with its calls read."""
        return _read_calls(batches) if self._calls else batches


def constrain(body: Json, dialect: Dialect = "grammar") -> Constraint | None:
    """The constraint that a chat request asks for; None where it asks for none.

    Raises: ValidationError for tools, choices, formats or schemas that cannot be honoured.
    """
    tools = body.get("tools")
    form = body.get("response_format")
    if not tools and not form:
        if not _mentions_tools(body):
            return None
        return Constraint({**body, "messages": plain_messages(body["messages"], "")}, calls=False)
    choice = _choice(body.get("tool_choice"), tools or [])
    schema = _wanted_schema(form)
    changed = {key: value for key, value in body.items() if key not in _CONSUMED}
    offered = _offered(tools or [], choice)
    if not offered:
        changed["messages"] = plain_messages(body["messages"], "") if _mentions_tools(body) else body["messages"]
        if schema is not None:
            changed["grammar"] = schema_grammar(schema)
            changed["response_format"] = _schema_format(schema)
        return Constraint(changed, calls=False)
    may_answer = choice == "auto"
    system = system_words(offered, may_answer=may_answer)
    changed["messages"] = plain_messages(body["messages"], system)
    several = bool(body.get("parallel_tool_calls")) and isinstance(choice, str)
    document = msgspec.json.encode([offered, may_answer, several, schema])
    grammar = _tools_grammar(document)  # made in both dialects: what it refuses, no engine is asked to keep
    if dialect == "grammar":
        changed["grammar"] = grammar
    else:
        changed["response_format"] = _schema_format(_tools_schema(offered, schema, may_answer=may_answer))
    if not may_answer:
        changed.pop("stop", None)  # there is no text that a stop sequence could end, only arguments it would break
    return Constraint(changed, calls=True)


_CONSUMED = frozenset({"tools", "tool_choice", "parallel_tool_calls", "response_format"})


def _mentions_tools(body: Json) -> bool:
    messages = body.get("messages")
    if not isinstance(messages, list):
        raise ValidationError("messages must be a list.")
    return any(isinstance(one, dict) and (one.get("role") == "tool" or one.get("tool_calls")) for one in messages)


def _choice(choice: Any, tools: Sequence[Any]) -> str | tuple[str]:
    """`none`, `auto`, `required`, or the one tool's name in a tuple."""
    if choice is None:
        return "auto" if tools else "none"
    if isinstance(choice, str) and choice in {"none", "auto", "required"}:
        if choice == "required" and not tools:
            raise ValidationError("tool_choice is required, and there are no tools.")
        return choice
    if isinstance(choice, dict) and choice.get("type") == "function" and isinstance(choice.get("function"), dict):
        return (str(choice["function"].get("name")),)
    raise ValidationError("tool_choice must be none, auto, required, or name a function.")


def _offered(tools: Any, choice: str | tuple[str]) -> list[Json]:
    """The tools that may be called, checked."""
    if not isinstance(tools, list) or len(tools) > _MOST_TOOLS:
        raise ValidationError(f"tools must be a list of at most {_MOST_TOOLS}.")
    names = []
    for tool in tools:
        function = (
            tool.get("function") if isinstance(tool, dict) and tool.get("type", "function") == "function" else None
        )
        if not isinstance(function, dict) or not _NAME.fullmatch(str(function.get("name", ""))):
            raise ValidationError("Each of tools must be a function with a name of letters, digits, '_', '.' and '-'.")
        names.append(function["name"])
    if len(set(names)) != len(names):
        raise ValidationError("Two of tools have the same name.")
    if choice == "none":
        return []
    if isinstance(choice, tuple):
        if choice[0] not in names:
            raise ValidationError(f"tool_choice names {choice[0][:128]!r}, which is not among the tools.")
        return [tools[names.index(choice[0])]]
    return tools


def _parameters(tool: Json) -> Any:
    parameters = tool["function"].get("parameters")
    if not parameters:
        return {"type": "object", "properties": {}, "additionalProperties": False}
    if isinstance(parameters, dict) and "type" not in parameters:
        return {"type": "object", **parameters}
    if not isinstance(parameters, dict) or parameters["type"] != "object":
        raise ValidationError(f"The parameters of the tool {tool['function']['name']} must be an object's schema.")
    return parameters


@lru_cache(maxsize=256)
def _tools_grammar(document: bytes) -> str:
    tools, may_answer, several, schema = msgspec.json.decode(document)
    grammar = Grammar()
    calls = []
    for tool in tools:
        name = tool["function"]["name"]
        arguments = grammar.add(_parameters(tool), f"tools.{name}.parameters")
        head = quoted(f'{{"name": "{name}", "arguments": ')
        calls.append(f'{head} {arguments} "}}"')
    call = grammar.rule(" | ".join(calls))
    if several:
        call = grammar.rule(f'{call} ("\\n" {call}){{0,{_MOST_CALLS - 1}}}')
    if not may_answer:
        return grammar.text(call)
    text = grammar.add(schema, "response_format") if schema is not None else grammar.rule(_TEXT_RULE)
    mark = quoted(CALL_MARK) + (" " if schema is not None else "? ")
    return grammar.text(f"{mark}{call} | {text}")


def _tools_schema(tools: Sequence[Json], schema: Any, *, may_answer: bool) -> Json:
    options: list[Any] = []
    for index, tool in enumerate(tools):
        arguments = moved(_parameters(tool), f"#/anyOf/{index}/properties/arguments")
        name = {"const": tool["function"]["name"]}
        options.append(_closed({"name": name, "arguments": arguments}))
    if may_answer:
        answer = _closed({"answer": {"type": "string"}})
        options.append(answer if schema is None else moved(schema, f"#/anyOf/{len(options)}"))
    return {"anyOf": options}


def _closed(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def moved(schema: Any, to: str) -> Any:
    """The schema with its references to itself as they must be where it is now a part of another."""
    if isinstance(schema, list):
        return [moved(item, to) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key in _VALUES else moved(value, to) for key, value in schema.items()}
    reference = made.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        made["$ref"] = to + reference[1:]
    return made


def _wanted_schema(form: Any) -> Any:
    if form is None or form == {"type": "text"}:
        return None
    kind = form.get("type") if isinstance(form, dict) else None
    if kind == "json_object":
        return _ANY_OBJECT
    if kind == "json_schema" and isinstance(form.get("json_schema"), dict) and "schema" in form["json_schema"]:
        return form["json_schema"]["schema"]
    raise ValidationError("response_format must be of type text, json_object, or json_schema with json_schema.schema.")


def _schema_format(schema: Any) -> Json:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _message(message: Json, deltas: Sequence[Json]) -> Json:
    content = "".join(delta["content"] for delta in deltas if "content" in delta)
    calls: list[Json] = []
    for delta in deltas:
        for part in delta.get("tool_calls", ()):
            if "id" in part:
                calls.append({"id": part["id"], "type": "function", "function": dict(part["function"])})
            else:
                calls[part["index"]]["function"]["arguments"] += part["function"]["arguments"]
    made = {**message, "content": content or (None if calls else "")}
    if calls:
        made["tool_calls"] = calls
    return made


async def _read_calls(batches: AsyncGenerator[Sequence[Json], None]) -> AsyncGenerator[Sequence[Json], None]:
    reader = CallReader()
    try:
        async for batch in batches:
            chunks: list[Json] = []
            for chunk in batch:
                chunks += _chunks(reader, chunk)
            if chunks:
                yield chunks
    finally:
        await batches.aclose()


def _chunks(reader: CallReader, chunk: Json) -> list[Json]:
    if not chunk["choices"]:
        return [chunk]
    choice = chunk["choices"][0]
    delta = choice.get("delta") or {}
    content = delta.pop("content", None) or ""
    made = [{"role": delta["role"], "content": None}] if "role" in delta else []
    made += reader.feed(content)
    finish = choice["finish_reason"]
    if finish is not None:
        made += reader.finish()
    chunks = [{**chunk, "choices": [{"index": choice["index"], "delta": one, "finish_reason": None}]} for one in made]
    if finish is not None:
        finish = "tool_calls" if reader.calls and finish == "stop" else finish
        last = {
            "index": choice["index"],
            "delta": {},
            "finish_reason": finish,
            "stop_reason": choice.get("stop_reason"),
        }
        chunks.append({**chunk, "choices": [last]})
    return chunks
