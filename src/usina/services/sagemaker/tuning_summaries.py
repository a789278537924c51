"""The training jobs of a search: what each tried and what it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import CallerError
from usina.core.jobs import TRAINING_JOB
from usina.core.operation import Access, operation
from usina.core.tuning import TUNING_JOB, definition, objective
from usina.core.tuning.results import children
from usina.services.sagemaker.naming import arn_of, touches
from usina.services.sagemaker.paging import page

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row
    from usina.core.tuning.results import Child
    from usina.shapes import sagemaker_types as t

_METRIC = "FinalHyperParameterTuningJobObjectiveMetric"


@operation(
    "sagemaker",
    "ListTrainingJobsForHyperParameterTuningJob",
    access=Access.READ,
    touches=touches(TUNING_JOB, "HyperParameterTuningJobName"),
)
async def list_training_jobs_for_hyper_parameter_tuning_job(
    call: Call[t.ListTrainingJobsForHyperParameterTuningJobRequest], ports: Ports
) -> t.ListTrainingJobsForHyperParameterTuningJobResponse:
    """The training jobs of a search by state, in order of name unless asked otherwise."""
    asked: Json = dict(call.arguments)
    row = await ports.records.get(TUNING_JOB, call.principal.account, asked["HyperParameterTuningJobName"])
    if row is None:
        raise CallerError("Requested resource not found.", code="ResourceNotFound")
    found = await children(ports.records, row.account, row.name, row.body["created"])
    by = asked.get("SortBy", "Name")
    items = [
        child_summary(child, row, ports) for child in found if asked.get("StatusEquals", child.status) == child.status
    ]
    if by == "FinalObjectiveMetricValue":
        items = [item for item in items if _METRIC in item]
    orders = {
        "Name": lambda item: item["TrainingJobName"],
        "CreationTime": lambda item: item["CreationTime"].timestamp(),
        "Status": lambda item: item["TrainingJobStatus"],
        "FinalObjectiveMetricValue": lambda item: item[_METRIC]["Value"],
    }
    shown, token = page(items, asked, orders[by], "TrainingJobName", descending=asked.get("SortOrder") == "Descending")
    answer: Any = {"TrainingJobSummaries": shown}
    if token is not None:
        answer["NextToken"] = token
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


def child_summary(child: Child, row: Row, ports: Ports) -> Json:
    """One training job as a tuning job's answers show it."""
    seen, wanted = child.body["observed"], objective(row.body["request"])
    summary: Json = {
        "TrainingJobName": child.name,
        "TrainingJobArn": arn_of(TRAINING_JOB, child.name, row.account, ports),
        "TuningJobName": child.body["tuning"]["job"],
        "CreationTime": utc(child.body["created"]),
        "TrainingJobStatus": child.status,
        "TunedHyperParameters": child.parameters,
        "ObjectiveStatus": child.objective_status,
    }
    if name := definition(row.body["request"]).get("DefinitionName"):
        summary["TrainingJobDefinitionName"] = name
    if seen["started"] is not None:
        summary["TrainingStartTime"] = utc(seen["started"])
    if seen["ended"] is not None:
        summary["TrainingEndTime"] = utc(seen["ended"])
    if seen["failure"]:
        summary["FailureReason"] = seen["failure"]
    if child.value is not None:
        summary[_METRIC] = {"Type": wanted["Type"], "MetricName": wanted["MetricName"], "Value": child.value}
    return summary
