"""Bodies by content type, as SageMaker's inference toolkits decode and encode them: JSON, CSV and NPY.

With numpy in the image, JSON and CSV come as arrays, as the toolkits give them; without it as Python's own lists.
Source: `decoder.py` and `encoder.py` of the package `sagemaker-inference`.
"""

from __future__ import annotations

import csv
import io
import json
from importlib import import_module
from importlib.util import find_spec
from typing import Any

JSON = "application/json"
CSV = "text/csv"
NPY = "application/x-npy"
_ANY = ("", "*/*", "application/*")


class UnsupportedError(ValueError):
    """A format that nobody here can read or write."""

    status_code = 415


def decode(body: bytes, content_type: str) -> Any:
    """A request's body as data. Raises: UnsupportedError, ValueError."""
    bare = _bare(content_type) or JSON
    if bare == JSON:
        return _array(json.loads(body))
    if bare == CSV:
        rows = [[_number(cell) for cell in row] for row in csv.reader(io.StringIO(body.decode())) if row]
        return _array(rows)
    if bare == NPY and find_spec("numpy"):
        return import_module("numpy").load(io.BytesIO(body), allow_pickle=False)
    raise UnsupportedError(f"Content type {content_type} is not supported: give an input_fn, or send {JSON} or {CSV}.")


def encode(prediction: Any, accept: str) -> tuple[bytes, str]:
    """A prediction as a body, and its content type. Raises: UnsupportedError, TypeError."""
    if isinstance(prediction, bytes | bytearray):
        return bytes(prediction), accept if _bare(accept) not in _ANY else "application/octet-stream"
    for wanted in accept.split(","):
        bare = _bare(wanted)
        if bare in {*_ANY, JSON}:
            return json.dumps(_plain(prediction)).encode(), JSON
        if bare == CSV:
            return _csv(_plain(prediction)).encode(), CSV
        if bare == NPY and find_spec("numpy"):
            buffer = io.BytesIO()
            numpy = import_module("numpy")
            numpy.save(buffer, numpy.asarray(prediction), allow_pickle=False)
            return buffer.getvalue(), NPY
    raise UnsupportedError(f"Accept type {accept} is not supported: give an output_fn, or accept {JSON} or {CSV}.")


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _array(value: Any) -> Any:
    """Numbers in lists as an array, where there is numpy; what is none stays as it is."""
    if not isinstance(value, list) or not find_spec("numpy"):
        return value
    numpy = import_module("numpy")
    try:
        array = numpy.array(value)
    except ValueError:  # rows of several lengths
        return value
    return array if array.dtype.kind in "bifuU" else value


def _plain(value: Any) -> Any:
    """Arrays and tensors as lists, their single values as numbers."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "detach"):  # a tensor, perhaps on a device and with a gradient
        value = value.detach().cpu()
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def _csv(value: Any) -> str:
    rows = value if isinstance(value, list) else [value]
    rows = [row if isinstance(row, list) else [row] for row in rows]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _number(cell: str) -> Any:
    try:
        return float(cell) if "." in cell or "e" in cell.lower() else int(cell)
    except ValueError:
        return cell
