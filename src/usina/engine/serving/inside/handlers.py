"""The user's functions, as SageMaker's inference toolkits call them.

    model_fn(model_dir)                          once, when the server starts
    input_fn(body, content_type)                 bytes to data
    predict_fn(data, model)                      data to a prediction
    output_fn(prediction, accept)                prediction to a body, or to (body, content type)
    transform_fn(model, body, content_type, accept)   all three in one

A function that takes one argument more gets the `Context`. A body that is a generator streams.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from . import defaults, formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
_FIRST_ERROR, _LAST_ERROR = 400, 599


class Request(NamedTuple):
    """What was asked."""

    body: bytes
    headers: Mapping[str, str]  # lower-case names


class Response(NamedTuple):
    """What is answered: a whole body, or one that comes in pieces."""

    status: int
    content_type: str
    body: bytes | Iterator[Any]
    headers: Mapping[str, str] = {}


class Context:
    """What a function may know of its request, and say beside its result; the names are the toolkits'."""

    def __init__(self, folder: str, headers: Mapping[str, str]) -> None:
        self.system_properties = {"model_dir": folder, "gpu_id": None}
        self.request_headers = headers
        self.response_headers: dict[str, str] = {}

    def get_request_header(self, *name: Any) -> str | None:
        """A header of the request; called with or without the request's number before its name."""
        return self.request_headers.get(str(name[-1]).lower())

    def get_all_request_header(self, _number: int = 0) -> Mapping[str, str]:
        """All headers of the request."""
        return self.request_headers

    def set_response_header(self, *pair: Any) -> None:
        """A header of the answer."""
        self.response_headers[str(pair[-2]).lower()] = str(pair[-1])

    def set_response_content_type(self, *value: Any) -> None:
        """The content type of the answer."""
        self.response_headers["content-type"] = str(value[-1])


class Handlers:
    """A loaded model and the functions around it."""

    def __init__(self, folder: str, script: str) -> None:
        module = _module(script)
        self._folder = folder
        self._transform = _of(module, "transform_fn", None)
        self._input = _of(module, "input_fn", formats.decode)
        self._predict = _of(module, "predict_fn", defaults.predict)
        self._output = _of(module, "output_fn", formats.encode)
        load = _of(module, "model_fn", defaults.load)
        assert load is not None  # noqa: S101 - has a default
        self._model = load(Context(folder, {}), folder)

    def answer(self, request: Request) -> Response:
        """Take a request the whole way. Raises: whatever the user's functions raise."""
        content_type = request.headers.get("content-type", formats.JSON)
        accept = request.headers.get("accept") or _default_accept()
        context = Context(self._folder, request.headers)
        if self._transform is not None:
            made = self._transform(context, self._model, request.body, content_type, accept)
        else:
            assert self._input is not None  # noqa: S101 - these three have defaults
            assert self._predict is not None  # noqa: S101
            assert self._output is not None  # noqa: S101
            data = self._input(context, request.body, content_type)
            made = self._output(context, self._predict(context, data, self._model), accept)
        return _response(made, accept, context)


def _response(made: Any, accept: str, context: Context) -> Response:
    body, said = made if isinstance(made, tuple) and len(made) == 2 else (made, "")  # noqa: PLR2004 - body and its type
    headers = context.response_headers
    plain = {"", "*/*"}
    content_type = headers.pop("content-type", "") or said or (formats.JSON if accept in plain else accept)
    if not isinstance(body, str | bytes | bytearray) and hasattr(body, "__next__"):
        return Response(200, content_type, body, headers)
    if not isinstance(body, str | bytes | bytearray):
        body, content_type = formats.encode(body, accept)
    return Response(200, content_type, body.encode() if isinstance(body, str) else bytes(body), headers)


def failed(error: BaseException) -> Response:
    """What is answered where a function raised: its own status, where it has one, else 500."""
    status = getattr(error, "status_code", 500)
    if not isinstance(status, int) or not _FIRST_ERROR <= status <= _LAST_ERROR:
        status = 500
    return Response(status, "text/plain; charset=utf-8", f"{type(error).__name__}: {error}".encode("utf-8", "replace"))


def _default_accept() -> str:
    return os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", formats.JSON)  # noqa: TID251 - a program of its own


def _module(script: str) -> Any:
    """The user's script as a module; None where there is none."""
    if not os.path.isfile(script):  # noqa: PTH113 - no pathlib: quick start
        return None
    sys.path.insert(0, os.path.dirname(script))  # noqa: PTH120 - as above
    name = os.path.basename(script).removesuffix(".py")  # noqa: PTH119 - as above
    spec = importlib.util.spec_from_file_location(name, script)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{script} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _of(module: Any, name: str, default: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """A function of the user's, called with the context first, which it gets last where it has room for it."""
    function = getattr(module, name, None)
    if function is None:
        return None if default is None else lambda _context, *given: default(*given)
    wanted = {"model_fn": 1, "transform_fn": 4}.get(name, 2)
    kinds = [each.kind for each in inspect.signature(function).parameters.values()]
    places = sum(kind in {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD} for kind in kinds)
    if places > wanted:
        return lambda context, *given: function(*given, context)  # noqa: PLW0108 - the context comes last
    return lambda _context, *given: function(*given)
