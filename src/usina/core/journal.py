"""Logs as JSON lines: what happened, when, to which request id. Never a prompt, an answer or a secret.

Only the fields listed here leave a log record beside its message, so that nothing slips out by an `extra`. Exceptions
are written by type and place; their text is kept out, because a library may quote what it choked on.
"""

from __future__ import annotations

import json
import logging
import traceback
from typing import IO

from usina.core.clock import utc

_FIELDS = ("request_id", "model", "engine", "pid", "exit_code", "reason", "file", "line", "running", "seconds", "count")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON: time (UTC), level, part, message, the allowed extras, an exception's type and place."""
        line: dict[str, object] = {
            "time": utc(record.created).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": record.name,
            "message": record.getMessage(),
        }
        for name in _FIELDS:
            if name in record.__dict__:
                line[name] = record.__dict__[name]
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["at"] = [f"{frame.filename.rsplit('/src/')[-1]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
        return json.dumps(line)


def write_logs_to(stream: IO[str], level: int = logging.INFO) -> None:
    """Send the logs of this process to a stream, as JSON lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Our log of the door says what these would, with the request id.
    for name in ("_granian", "granian", "botocore", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
