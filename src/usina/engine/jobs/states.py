"""What is observed of a job, as it goes on: pure functions over the row's `observed` document."""

from __future__ import annotations

from typing import Any, Final

_FAILURE_CHARACTERS = 1_024
MESSAGES: Final = {
    "Starting": "Preparing the instances for {work}",
    "Downloading": "Downloading input data",
    "DownloadingTrainingImage": "Preparing the image",
    "Training": "{Work} image download completed. {Work} in progress.",
    "Uploading": "Uploading generated {work} model",
    "Stopping": "Stopping the {work} job",
    "Restarting": "Restarting the {work} job",
    "Completed": "{Work} job completed",
    "Stopped": "{Work} job stopped",
    "MaxRuntimeExceeded": "{Work} job runtime exceeded MaxRuntimeInSeconds provided",
    "Failed": "{Work} job failed",
}
Observed = dict[str, Any]


def entered(observed: Observed, secondary: str, now: float, message: str = "") -> Observed:
    """The job is in another secondary status; the same one with another message is no new transition."""
    transitions = [list(each) for each in observed["transitions"]]
    work = observed.get("work", "training")
    message = message or MESSAGES[secondary].format(work=work, Work=work.capitalize())
    if transitions and transitions[-1][0] == secondary:
        transitions[-1][3] = message
    else:
        if transitions and transitions[-1][2] is None:
            transitions[-1][2] = now
        transitions.append([secondary, now, None, message])
    return {**observed, "secondary": secondary, "transitions": transitions, "modified": now}


def told(observed: Observed, values: list[float]) -> Observed:
    """What the metric came to so far that a tuning job watches."""
    return {**observed, "reported": values}


def stopping(observed: Observed, cause: str, now: float) -> Observed:
    """The job is being ended: `stop`, somebody asked for it; `time`, it may not run longer."""
    if observed["cause"]:
        return observed
    return entered({**observed, "status": "Stopping", "cause": cause, "stopping_at": now}, "Stopping", now)


def over(observed: Observed, now: float, failure: str = "") -> Observed:
    """The job is over: failed with a reason, or as its cause says."""
    if failure:
        status, secondary = "Failed", "Failed"
    elif observed["cause"]:
        status, secondary = "Stopped", "MaxRuntimeExceeded" if observed["cause"] == "time" else "Stopped"
    else:
        status, secondary = "Completed", "Completed"
    failure = failure[:_FAILURE_CHARACTERS]
    ended = entered(observed, secondary, now, failure)
    ended["transitions"][-1][2] = now
    return {**ended, "status": status, "failure": failure}
