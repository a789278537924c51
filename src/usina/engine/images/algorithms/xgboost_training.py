"""SageMaker's XGBoost algorithm: hyperparameters and channels in, `xgboost-model` out.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html and the page of its hyperparameters. Served:
channels `train` and `validation` as text/csv (the label first, no header; weights second with csv_weights) or
text/libsvm, all that xgboost itself takes, early stopping, several metrics. Left out: Parquet, RecordIO, checkpoints,
many machines.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

ML = "/opt/ml"
_OURS = frozenset({"num_round", "early_stopping_rounds", "csv_weights", "eval_metric", "silent"})
_TUNED = "_tuning_objective_metric"  # what a tuning job looks at: validation:rmse
_CSV, _LIBSVM = ("text/csv", "csv"), ("", "text/libsvm", "libsvm", "text/x-libsvm")


class WrongUseError(Exception):
    """What the user has to mend."""


def main() -> int:
    """Train; 1 where that cannot be, with the reason where SageMaker looks for it."""
    try:
        train(ML)
    except WrongUseError as error:
        reason = str(error)
    except import_module("xgboost").core.XGBoostError as error:
        reason = next((line for line in str(error).splitlines() if "Check failed" in line), str(error).split("\n")[0])
    else:
        return 0
    print(reason, file=sys.stderr)  # noqa: T201 - the log of the job
    with open(f"{ML}/output/failure", "w", encoding="utf-8") as file:  # noqa: PTH123 - no pathlib needed
        file.write(reason)
    return 1


def train(ml: str) -> None:
    """Train with what is below that folder. Raises: WrongUseError."""
    xgboost = import_module("xgboost")
    given = _read(f"{ml}/input/config/hyperparameters.json")
    data = _matrices(xgboost, ml, _read(f"{ml}/input/config/inputdataconfig.json"), given)
    stopping = _whole(given, "early_stopping_rounds")
    if stopping is not None and "validation" not in data:
        raise WrongUseError("early_stopping_rounds needs a channel named validation.")
    rounds = _whole(given, "num_round")
    if rounds is None:
        raise WrongUseError("The hyperparameter num_round is required: how many rounds to train.")
    booster = xgboost.train(
        parameters(given),
        data["train"],
        num_boost_round=rounds,
        evals=[(matrix, name) for name, matrix in data.items()],
        early_stopping_rounds=stopping,
    )
    booster.save_model(f"{ml}/model/xgboost-model.ubj")
    os.rename(f"{ml}/model/xgboost-model.ubj", f"{ml}/model/xgboost-model")  # noqa: PTH104 - the name SageMaker gives


def parameters(given: dict[str, str]) -> dict[str, Any]:
    """Hyperparameters as xgboost takes them."""
    found: dict[str, Any] = {
        name: _decoded(text) for name, text in given.items() if name not in _OURS and not name.startswith("_")
    }
    metrics = [metric.strip() for metric in given.get("eval_metric", "").split(",") if metric.strip()]
    tuned = given.get(_TUNED, "").partition(":")[2]
    if tuned and tuned not in metrics:
        metrics.append(tuned)
    return found | ({"eval_metric": metrics} if metrics else {})


def _matrices(xgboost: Any, ml: str, channels: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    names: list[str] = [name for name in ("train", "validation") if name in channels]
    if "train" not in names:
        raise WrongUseError("A channel named train is required.")
    kinds = {name: str(channels[name].get("ContentType", "")).partition(";")[0].strip().lower() for name in names}
    files = {name: _files(f"{ml}/input/data/{name}", name) for name in names}
    if all(kind in _CSV for kind in kinds.values()):
        weighted = given.get("csv_weights", "0") == "1"
        return {name: _of_csv(xgboost, paths, name, weighted=weighted) for name, paths in files.items()}
    if all(kind in _LIBSVM for kind in kinds.values()):
        return _of_libsvm(xgboost, files)
    raise WrongUseError(
        "ContentType of the channels must be text/csv or text/libsvm, the same for all, not "
        f"{' and '.join(sorted(set(kinds.values())))}."
    )


def _of_csv(xgboost: Any, paths: list[str], name: str, *, weighted: bool) -> Any:
    pandas = import_module("pandas")
    first = 2 if weighted else 1
    try:
        frame = pandas.concat(
            [pandas.read_csv(path, header=None, dtype="float32") for path in paths], ignore_index=True
        )
    except (ValueError, pandas.errors.ParserError) as error:
        raise WrongUseError(
            f"Channel {name} cannot be read as text/csv: {str(error)[:300]}. It has numbers only, the label first, and "
            "no header."
        ) from error
    if len(frame.columns) <= first:
        raise WrongUseError(
            f"Channel {name} has {len(frame.columns)} columns: a label and at least one feature are needed."
        )
    values = frame.to_numpy()
    return xgboost.DMatrix(values[:, first:], label=values[:, 0], weight=values[:, 1] if weighted else None)


def _of_libsvm(xgboost: Any, files: dict[str, list[str]]) -> dict[str, Any]:
    paths = [path for each in files.values() for path in each]
    try:
        loaded = import_module("sklearn.datasets").load_svmlight_files(paths, zero_based=True)
    except ValueError as error:
        raise WrongUseError(f"The channels cannot be read as text/libsvm: {str(error)[:300]}.") from error
    stack = import_module("scipy.sparse").vstack
    concatenate = import_module("numpy").concatenate
    pairs = iter(zip(loaded[::2], loaded[1::2], strict=True))
    found = {}
    for name, each in files.items():
        mine = [next(pairs) for _ in each]
        found[name] = xgboost.DMatrix(
            stack([rows for rows, _ in mine]), label=concatenate([label for _, label in mine])
        )
    return found


def _files(folder: str, name: str) -> list[str]:
    found = [os.path.join(place, file) for place, _, files in os.walk(folder) for file in files]  # noqa: PTH118 - as above
    found = sorted(path for path in found if os.path.getsize(path))  # noqa: PTH202 - as above
    if not found:
        raise WrongUseError(f"Channel {name} holds no data.")
    return found


def _whole(given: dict[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise WrongUseError(f"The hyperparameter {name} must be a whole number above 0, not {text!r}.")
    return int(text)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _read(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as above
        found: dict[str, Any] = json.load(file)
    return found


if __name__ == "__main__":
    sys.exit(main())
