"""A chat stream -> the events of the Responses API.

Each output item is opened, filled by deltas and closed before the next one opens, as OpenAI does it. The stream ends in
`response.completed` or `response.incomplete`; broken, in `response.failed` and then the error itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError
from usina.services.openai.answering import count_usage
from usina.services.openai.response_object import (
    call_item,
    finished,
    item_status,
    message_item,
    reasoning_item,
    text_part,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json
    from usina.services.openai.reshaping import Reshape


class ResponseEvents:
    """Batches of events from batches of chunks. Closing it frees the engine's slot, read or not."""

    __slots__ = ("_ended", "_failure", "_first", "_meter", "_reshape", "_source", "_writer")

    def __init__(
        self,
        head: Json,
        call: Call[Any],
        source: AsyncIterator[Sequence[Json]],
        first: Sequence[Json],
        reshape: Reshape | None = None,
    ) -> None:
        self._writer = EventWriter(head, call.request_id)
        self._meter = call.meter
        self._reshape = reshape
        self._source = source
        self._first: Sequence[Json] | None = first
        self._failure: ApiError | None = None
        self._ended = False

    def __aiter__(self) -> ResponseEvents:
        return self

    async def __anext__(self) -> list[Json]:
        """The next events; never an empty batch.

        Raises:
            ApiError: what broke the stream, after `response.failed`.
        """
        writer = self._writer
        while not self._ended:
            try:
                if self._first is None:
                    batch = await self._source.__anext__()
                else:
                    batch, self._first = self._first, None
                    writer.open()
            except StopAsyncIteration:
                self._ended = True
                writer.close()
                self._meter.stop_reason = writer.finish_reason
                count_usage(self._meter, writer.usage)
                return writer.taken()
            except ApiError as error:
                self._ended, self._failure = True, error
                writer.fail(error)
                return writer.taken()
            for chunk in batch:
                if self._reshape is not None:
                    self._reshape(chunk["choices"])
                writer.read(chunk)
            if events := writer.taken():
                return events
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Free the engine's slot."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()


class EventWriter:
    """The state between two chunks: which item is open, what it holds so far."""

    def __init__(self, head: Json, request_id: str) -> None:
        self.finish_reason = ""
        self.usage: Mapping[str, Any] = {}
        self._head = head
        self._request_id = request_id
        self._events: list[Json] = []
        self._number = 0
        self._output: list[Json] = []
        self._open = ""  # type of the open item: message, function_call, reasoning
        self._item_id = ""
        self._pieces: list[str] = []
        self._logprobs: list[Json] = []
        self._call: tuple[int, str, str] = (-1, "", "")  # the chat's index, call id, name

    def taken(self) -> list[Json]:
        """The events written since the last time."""
        events, self._events = self._events, []
        return events

    def open(self) -> None:
        """The response exists."""
        self._emit("response.created", response=self._head)
        self._emit("response.in_progress", response=self._head)

    def read(self, chunk: Json) -> None:
        """One chunk of the chat."""
        choices = chunk["choices"]
        if not choices:
            self.usage = chunk.get("usage") or self.usage
            return
        choice = choices[0]
        delta = choice.get("delta") or {}
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            self._add_thought(thought)
        if text := delta.get("content"):
            self._add_text(text, (choice.get("logprobs") or {}).get("content") or [])
        for call in delta.get("tool_calls") or ():
            self._add_call(call)
        self.finish_reason = choice.get("finish_reason") or self.finish_reason

    def close(self) -> None:
        """The chat is complete."""
        if not self._output and not self._open:
            self._start_message()  # an empty answer is a message too
        self._end_item(item_status(self.finish_reason))
        response = finished(self._head, self._output, self.finish_reason, self.usage)
        self._emit(f"response.{response['status']}", response=response)

    def fail(self, error: ApiError) -> None:
        """The chat broke."""
        failure = {"code": "server_error", "message": error.message}
        self._emit("response.failed", response={**self._head, "status": "failed", "error": failure})

    def _emit(self, event_type: str, **fields: Any) -> None:
        self._events.append({"type": event_type, "sequence_number": self._number, **fields})
        self._number += 1

    def _start(self, kind: str, item_id: str, item: Json) -> None:
        self._open, self._item_id, self._pieces, self._logprobs = kind, item_id, [], []
        self._emit("response.output_item.added", output_index=len(self._output), item=item)

    def _start_message(self) -> None:
        self._end_item("completed")
        item_id = f"msg_{self._request_id}_{len(self._output)}"
        self._start("message", item_id, message_item(item_id, "in_progress", []))
        self._emit("response.content_part.added", **self._place(), content_index=0, part=text_part("", []))

    def _add_thought(self, thought: str) -> None:
        if self._open != "reasoning":
            self._end_item("completed")
            item_id = f"rs_{self._request_id}_{len(self._output)}"
            self._start("reasoning", item_id, reasoning_item(item_id, "in_progress", ""))
        self._pieces.append(thought)
        self._emit("response.reasoning_text.delta", **self._place(), content_index=0, delta=thought)

    def _add_text(self, text: str, logprobs: Sequence[Json]) -> None:
        if self._open != "message":
            self._start_message()
        self._pieces.append(text)
        self._logprobs.extend(logprobs)
        self._emit("response.output_text.delta", **self._place(), content_index=0, delta=text, logprobs=list(logprobs))

    def _add_call(self, call: Json) -> None:
        index = call.get("index") or 0
        function = call.get("function") or {}
        if self._open != "function_call" or index != self._call[0]:
            self._end_item("completed")
            item_id = f"fc_{self._request_id}_{len(self._output)}"
            self._call = (index, call.get("id") or item_id, function.get("name") or "")
            self._start("function_call", item_id, call_item(item_id, "in_progress", *self._call[1:], ""))
        if piece := function.get("arguments"):
            self._pieces.append(piece)
            self._emit("response.function_call_arguments.delta", **self._place(), delta=piece)

    def _end_item(self, status: str) -> None:
        if not self._open:
            return
        text, place = "".join(self._pieces), self._place()
        if self._open == "message":
            part = text_part(text, self._logprobs)
            done = {"text": text, "logprobs": self._logprobs}
            self._emit("response.output_text.done", **place, content_index=0, **done)
            self._emit("response.content_part.done", **place, content_index=0, part=part)
            item = message_item(self._item_id, status, [part])
        elif self._open == "reasoning":
            self._emit("response.reasoning_text.done", **place, content_index=0, text=text)
            item = reasoning_item(self._item_id, status, text)
        else:
            name = self._call[2]
            self._emit("response.function_call_arguments.done", **place, name=name, arguments=text)
            item = call_item(self._item_id, status, self._call[1], name, text)
        self._emit("response.output_item.done", output_index=len(self._output), item=item)
        self._output.append(item)
        self._open = ""

    def _place(self) -> Json:
        return {"item_id": self._item_id, "output_index": len(self._output)}
