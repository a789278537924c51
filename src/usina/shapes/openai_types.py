"""Shapes of openai 2026-11-01. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

EncodingFormat = Literal["float", "base64"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
ResponseFormatType = Literal["text", "json_object", "json_schema"]
ResponseStatus = Literal["completed", "incomplete", "failed", "in_progress"]
Role = Literal["system", "developer", "user", "assistant", "tool"]


class ChatChoice(TypedDict):
    index: int
    message: Message
    finish_reason: FinishReason
    logprobs: NotRequired[Any]


class CompletionChoice(TypedDict):
    index: int
    text: str
    finish_reason: FinishReason
    logprobs: NotRequired[Any]


class CreateChatCompletionRequest(TypedDict):
    model: str
    messages: list[Message]
    max_tokens: NotRequired[int]
    max_completion_tokens: NotRequired[int]
    temperature: NotRequired[float]
    top_p: NotRequired[float]
    top_k: NotRequired[int]
    frequency_penalty: NotRequired[float]
    presence_penalty: NotRequired[float]
    logit_bias: NotRequired[dict[str, float]]
    seed: NotRequired[int]
    stop: NotRequired[Any]
    n: NotRequired[int]
    tools: NotRequired[list[Tool]]
    tool_choice: NotRequired[Any]
    parallel_tool_calls: NotRequired[bool]
    response_format: NotRequired[ResponseFormat]
    logprobs: NotRequired[bool]
    top_logprobs: NotRequired[int]
    stream: NotRequired[bool]
    stream_options: NotRequired[StreamOptions]
    user: NotRequired[str]
    metadata: NotRequired[dict[str, str]]
    store: NotRequired[bool]
    service_tier: NotRequired[str]


class CreateChatCompletionResponse(TypedDict):
    id: NotRequired[str]
    object: NotRequired[str]
    created: NotRequired[int]
    model: NotRequired[str]
    choices: NotRequired[list[ChatChoice]]
    usage: NotRequired[Usage]
    events: NotRequired[list[Any]]


class CreateCompletionRequest(TypedDict):
    model: str
    prompt: Any
    max_tokens: NotRequired[int]
    temperature: NotRequired[float]
    top_p: NotRequired[float]
    top_k: NotRequired[int]
    frequency_penalty: NotRequired[float]
    presence_penalty: NotRequired[float]
    logit_bias: NotRequired[dict[str, float]]
    seed: NotRequired[int]
    stop: NotRequired[Any]
    n: NotRequired[int]
    echo: NotRequired[bool]
    logprobs: NotRequired[int]
    stream: NotRequired[bool]
    stream_options: NotRequired[StreamOptions]
    user: NotRequired[str]


class CreateCompletionResponse(TypedDict):
    id: NotRequired[str]
    object: NotRequired[str]
    created: NotRequired[int]
    model: NotRequired[str]
    choices: NotRequired[list[CompletionChoice]]
    usage: NotRequired[Usage]
    events: NotRequired[list[Any]]


class CreateEmbeddingRequest(TypedDict):
    model: str
    input: Any
    encoding_format: NotRequired[EncodingFormat]
    dimensions: NotRequired[int]
    user: NotRequired[str]


class CreateEmbeddingResponse(TypedDict):
    object: str
    data: list[Embedding]
    model: str
    usage: Usage


class CreateResponseRequest(TypedDict):
    model: str
    input: Any
    instructions: NotRequired[str]
    max_output_tokens: NotRequired[int]
    temperature: NotRequired[float]
    top_p: NotRequired[float]
    top_logprobs: NotRequired[int]
    tools: NotRequired[list[Any]]
    tool_choice: NotRequired[Any]
    parallel_tool_calls: NotRequired[bool]
    text: NotRequired[ResponseTextConfig]
    stream: NotRequired[bool]
    store: NotRequired[bool]
    metadata: NotRequired[dict[str, str]]
    truncation: NotRequired[str]
    user: NotRequired[str]


class CreateResponseResponse(TypedDict):
    id: NotRequired[str]
    object: NotRequired[str]
    created_at: NotRequired[float]
    status: NotRequired[ResponseStatus]
    model: NotRequired[str]
    output: NotRequired[list[Any]]
    usage: NotRequired[ResponseUsage]
    error: NotRequired[Any]
    incomplete_details: NotRequired[Any]
    instructions: NotRequired[str]
    metadata: NotRequired[dict[str, str]]
    parallel_tool_calls: NotRequired[bool]
    temperature: NotRequired[float]
    text: NotRequired[ResponseTextConfig]
    tool_choice: NotRequired[Any]
    tools: NotRequired[list[Any]]
    top_p: NotRequired[float]
    truncation: NotRequired[str]
    store: NotRequired[bool]
    events: NotRequired[list[Any]]


class Embedding(TypedDict):
    object: NotRequired[str]
    index: int
    embedding: Any


class FunctionCall(TypedDict):
    name: str
    arguments: str


class FunctionDefinition(TypedDict):
    name: str
    description: NotRequired[str]
    parameters: NotRequired[Any]
    strict: NotRequired[bool]


class InputTokensDetails(TypedDict):
    cached_tokens: NotRequired[int]


class JsonSchemaFormat(TypedDict):
    name: str
    description: NotRequired[str]
    schema: NotRequired[Any]
    strict: NotRequired[bool]


class ListModelsRequest(TypedDict):
    pass


class ListModelsResponse(TypedDict):
    object: str
    data: list[ModelObject]


class Message(TypedDict):
    role: Role
    content: NotRequired[Any]
    name: NotRequired[str]
    tool_calls: NotRequired[list[ToolCall]]
    tool_call_id: NotRequired[str]


class ModelObject(TypedDict):
    id: str
    object: str
    created: int
    owned_by: str
    usina_model: NotRequired[str]


class OutputTokensDetails(TypedDict):
    reasoning_tokens: NotRequired[int]


class PromptTokensDetails(TypedDict):
    cached_tokens: NotRequired[int]


class ResponseFormat(TypedDict):
    type: ResponseFormatType
    json_schema: NotRequired[JsonSchemaFormat]


class ResponseTextConfig(TypedDict):
    format: NotRequired[Any]
    verbosity: NotRequired[str]


class ResponseUsage(TypedDict):
    input_tokens: int
    input_tokens_details: NotRequired[InputTokensDetails]
    output_tokens: int
    output_tokens_details: NotRequired[OutputTokensDetails]
    total_tokens: int


class RetrieveModelRequest(TypedDict):
    model: str


class StreamOptions(TypedDict):
    include_usage: NotRequired[bool]
    include_obfuscation: NotRequired[bool]


class Tool(TypedDict):
    type: str
    function: FunctionDefinition


class ToolCall(TypedDict):
    id: str
    type: str
    function: FunctionCall


class Usage(TypedDict):
    prompt_tokens: int
    completion_tokens: NotRequired[int]
    total_tokens: int
    prompt_tokens_details: NotRequired[PromptTokensDetails]
