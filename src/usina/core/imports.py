"""Models that accounts bring from the object store, as handlers and their control loop see them.

A row of kind `model-import-job` holds `request` (the arguments of CreateModelImportJob), `model` (ARN of what it
makes), `tags`, `created` (epoch seconds), `desired` (always `run`) and `observed`: status and message as
GetModelImportJob answers them, `modified` and `ended` (epoch seconds; `ended` is null before).

A row of kind `imported-model`, under the id that the model's ARN ends with, holds a model's name from the creation of
the job that makes it:

    name, arn
    job                  id of the job
    job_arn, job_name, source, tags
    created              epoch seconds, of the job and then of the model
    ready                whether the model is there
    removing             whether it is to go
    architecture         as the file says it
    chat                 whether it takes conversations
"""

from __future__ import annotations

from typing import Any, Final, Protocol

IMPORT_JOB: Final = "model-import-job"
IMPORTED: Final = "imported-model"
MOST_BYTES: Final = 214_748_364_800  # of a model's files together: 200 GB, as on Bedrock for the largest
MOST_FILES: Final = 1_000


class Imports(Protocol):
    """The part of the factory that imports accounts' models. Rows say what; this is told that they changed."""

    def changed(self, account: str, job_id: str) -> None:
        """A job's row was written: make it so."""
        ...

    def removed(self, account: str, model_id: str) -> None:
        """An imported model's row says that it is to go: make it so."""
        ...


def begun(now: float) -> dict[str, Any]:
    """What is observed of a job at its creation."""
    return {"status": "InProgress", "message": "", "modified": now, "ended": None}
