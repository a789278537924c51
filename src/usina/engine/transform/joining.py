"""What of a record the model is asked with, and what of record and answer is stored: DataProcessing.

A row of a table (text/csv) is an array of its columns; JSON is what it says. The answer is joined to an object as its
member SageMakerOutput, to anything else in an object with SageMakerInput, and to a row as more columns.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.json_paths import JsonPath, PathError
from usina.engine.transform.records import RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.engine.transform.records import Batch

_CSV = "text/csv"
_OUTPUT, _INPUT = "SageMakerOutput", "SageMakerInput"


@dataclass(frozen=True, slots=True)
class Joining:
    """One job's selection."""

    before: JsonPath
    after: JsonPath
    join: bool
    sent_as_csv: bool
    answered_as_csv: bool

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Joining:
        """As CreateTransformJob asked. Raises: ValidationError."""
        asked = request.get("DataProcessing", {})
        content_type = request["TransformInput"].get("ContentType", "")
        accept = request["TransformOutput"].get("Accept") or content_type
        return cls(
            JsonPath.parse(asked.get("InputFilter") or "$"),
            JsonPath.parse(asked.get("OutputFilter") or "$"),
            asked.get("JoinSource") == "Input",
            _is_csv(content_type),
            _is_csv(accept),
        )

    def asked(self, batch: Batch) -> Batch:
        """What of the records the model gets. Raises: RecordError."""
        if self.before.is_everything:
            return batch
        return [
            _written(_selected(self.before, record, csv_row=self.sent_as_csv), csv_row=self.sent_as_csv)
            for record in batch
        ]

    def stored(self, batch: Batch, answer: bytes) -> Batch:
        """What of records and answer is kept, a record each; all of the answer where nothing is selected.

        Raises: RecordError where the answer has not as many records as were asked.
        """
        if self.after.is_everything and not self.join:
            return [answer]
        answers = [answer.rstrip(b"\r\n")] if len(batch) == 1 else answer.removesuffix(b"\n").split(b"\n")
        if len(answers) != len(batch):
            raise RecordError(f"the model answered {len(answers)} lines to {len(batch)} records: they cannot be joined")
        return [self._stored(record, each) for record, each in zip(batch, answers, strict=True)]

    def _stored(self, record: bytes, answer: bytes) -> bytes:
        found = _read(answer, csv_row=self.answered_as_csv, what="the model's answer")
        if self.join:
            given = _read(record, csv_row=self.sent_as_csv, what="a record")
            found = [*given, *found] if self.sent_as_csv else _joined(given, found)
        try:
            found = self.after.of(found)
        except PathError as error:
            raise RecordError(f"OutputFilter does not fit: {error}") from None
        return _written(found, csv_row=self.answered_as_csv)


def _is_csv(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == _CSV


def _selected(path: JsonPath, record: bytes, *, csv_row: bool) -> Any:
    try:
        return path.of(_read(record, csv_row=csv_row, what="a record"))
    except PathError as error:
        raise RecordError(f"InputFilter does not fit: {error}") from None


def _read(text: bytes, *, csv_row: bool, what: str) -> Any:
    try:
        if csv_row:
            return next(csv.reader([text.decode()], strict=True), [])
        return json.loads(text)
    except (ValueError, csv.Error, RecursionError):
        form = "a row of comma-separated values" if csv_row else "JSON"
        raise RecordError(f"{what} is not {form}") from None


def _written(value: Any, *, csv_row: bool) -> bytes:
    if not csv_row:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(value if isinstance(value, list) else [value])
    return row.getvalue().encode()


def _joined(given: Any, answered: Any) -> Any:
    if isinstance(given, dict):
        return {**given, _OUTPUT: answered}
    return {_INPUT: given, _OUTPUT: answered}
