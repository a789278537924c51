"""Customization jobs: data in, a custom model out. How such a job is bounded, stopped and taken up is every job's way.

The program reaches no network at all: data is brought, and what it leaves is stored, as the job's role. The base model
is shown to it read-only, by the file that the engine runs.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from usina.core import custom
from usina.core.errors import ConflictError
from usina.core.ports import Row
from usina.engine.jobs.archives import read_start
from usina.engine.jobs.artifacts import bound_failure_of
from usina.engine.jobs.container import JobError, Program
from usina.engine.jobs.folders import Share
from usina.engine.jobs.kinds import Send, Stored, Words
from usina.engine.jobs.order import GIBIBYTE, Order
from usina.engine.jobs.transfers import Address
from usina.engine.sandbox import Mount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Records
    from usina.engine.catalogue import SiteCatalogue
    from usina.engine.customization.adapters import AdapterFolder
    from usina.engine.jobs.kinds import Bringing, Left

_ML: Final = "/opt/ml"
_BASE: Final = "/usina/base/model.gguf"
_PROGRAM: Final = "/usina/customization"
_INSIDE: Final = Path(__file__).with_name("inside")
_BOOT: Final = "import sys; sys.path.insert(0, sys.argv[1]); from inside.main import main; sys.exit(main(sys.argv[2]))"
_VOLUME_BYTES = 20 * GIBIBYTE
_RUNTIME_SECONDS = 7 * 86_400
_SEED = 0
_RESULT_BYTES = 65_536
_NUMBER = r"([-+0-9.eE]+|nan|inf)"
# Only that a wrong line is the data's owner's to mend: which one, the program says itself.
_WRONG_DATA = 2


class CustomizationJobs:
    """The kind."""

    words = Words(
        custom.CUSTOMIZATION_JOB,
        "model customization job",
        "bedrock",
        custom.CUSTOMIZATION_JOB,
        custom.CUSTOMIZATION_LOG_GROUP,
        "JobName",
    )

    def __init__(self, records: Records, catalogue: SiteCatalogue, adapters: AdapterFolder) -> None:
        self._records = records
        self._catalogue = catalogue
        self._adapters = adapters

    def order(self, request: Mapping[str, Any]) -> Order:
        """What every such job asks of the machine."""
        return Order(
            role=request["roleArn"],
            image=custom.CUSTOMIZATION_IMAGE,
            instance_type=custom.CUSTOMIZATION_INSTANCE,
            volume_bytes=_VOLUME_BYTES,
            runtime_seconds=_RUNTIME_SECONDS,
            isolated=True,
            metrics=(
                {"Name": "trainingLoss", "Regex": f"^step=.* training_loss={_NUMBER}"},
                {"Name": "validationLoss", "Regex": f"^validation_loss={_NUMBER}"},
            ),
        )

    def shares(self, request: Mapping[str, Any]) -> Sequence[Share]:
        """The program's folders."""
        del request
        return (
            Share("ml", _ML),
            Share("input", f"{_ML}/input"),
            Share("output", f"{_ML}/output"),
            Share("model", f"{_ML}/model"),
            Share("notes", f"{_ML}/notes"),
            Share("checkpoints", f"{_ML}/checkpoints", kept=True),
        )

    async def bring(self, bringing: Bringing) -> Program:
        """Data, orders, and where the base model is."""
        request, cores = bringing.job.request, bringing.place.instance.cores
        base = self._base(request)
        bringing.transfers.check_output(_output(request) / "file")
        left = min(bringing.most_bytes, custom.MOST_DATA_BYTES)
        sources = [("training", request["trainingDataConfig"]["s3Uri"])]
        validators = request.get("validationDataConfig", {}).get("validators", ())
        sources += [(f"validation-{place}", each["s3Uri"]) for place, each in enumerate(validators)]
        paths = []
        for name, address in sources:
            files, left = await _fetch(bringing, name, Address.parse(address), left)
            paths.append([f"{_ML}/input/{file}" for file in files])
        orders = _orders(request, paths, cores)
        (bringing.folders.part("input") / "orders.json").write_text(json.dumps(orders), "utf-8")
        python = bringing.place.python
        argv = (python, "-B", "-u", "-c", _BOOT, _PROGRAM, f"{_ML}/input/orders.json")
        mounts = (Mount(base, _BASE), Mount(_INSIDE, f"{_PROGRAM}/inside"))
        return Program(argv, _ML, _environment(cores), mounts)

    def sends(self, request: Mapping[str, Any]) -> Sequence[Send]:
        """Nothing while it runs."""
        del request
        return ()

    async def store(self, left: Left) -> Stored:
        """Tables of what happened, also of a run that was stopped; then the model, if there is one."""
        request, cause = left.job.request, left.job.observed["cause"]
        failure = "" if cause else _failure_of(left)
        if failure:
            return Stored(failure, {"phase": "data" if left.end.code == _WRONG_DATA else "training"})
        result = _result(left)
        await left.transfers.send_folder(left.folders.part("output"), _output(request), {})
        if cause or result is None:
            return Stored("" if cause else "InternalServerError: The training left no result.")
        await left.transfers.send_folder(left.folders.part("model"), _output(request) / "adapter", {})
        await self._keep(left, result)
        return Stored("", {"facts": result})

    def _base(self, request: Mapping[str, Any]) -> Path:
        found = self._catalogue.resolve(request["base"], "")
        if found is None or found.card.sha256 != request["base_sha256"] or "path" not in found.card.options:
            raise JobError(f"ClientError: The base model {request['base']} is not there any more as it was.")
        path = Path(found.card.options["path"])
        if os.geteuid() == 0:
            # Programs have users of their own. The folders above are this one's alone: nobody else gets nearer by it.
            path.chmod(0o444)
        return path

    async def _keep(self, left: Left, result: dict[str, Any]) -> None:
        """The custom model's row, with its file in place."""
        request, account = left.job.request, left.job.account
        known = await self._records.get(custom.CUSTOM_MODEL, account, request["model"])
        if known is not None and known.body["job"] != request["job_arn"]:
            raise _taken(request)
        kept = await self._adapters.keep(left.folders.part("model"), "adapter.gguf", account, request["model"])
        body = {
            "arn": request["model_arn"],
            "name": request["customModelName"],
            "base": request["base"],
            "base_sha256": request["base_sha256"],
            "adapter": kept.path,
            "sha256": kept.sha256,
            "size_bytes": kept.size_bytes,
            "created": left.job.observed["modified"],
            "job": request["job_arn"],
            "made": {**request, **result},
            "tags": request.get("customModelTags", []),
        }
        row = Row(custom.CUSTOM_MODEL, account, request["model"], body)
        try:
            await self._records.put(replace(known, body=body) if known is not None else row)
        except ConflictError:
            raise _taken(request) from None
        await self._catalogue.reload()


def _taken(request: Mapping[str, Any]) -> JobError:
    return JobError(f"ClientError: A custom model named {request['customModelName']} was made meanwhile.")


def _output(request: Mapping[str, Any]) -> Address:
    """Where Bedrock puts a job's files."""
    identifier = request["job_arn"].rpartition("/")[2]
    return Address.parse(request["outputDataConfig"]["s3Uri"]) / f"model-customization-job-{identifier}"


async def _fetch(bringing: Bringing, name: str, address: Address, most_bytes: int) -> tuple[list[str], int]:
    """The files of one data set, by their paths in the input; and how many bytes may follow."""
    folder = bringing.folders.part("input") / name
    folder.mkdir(mode=0o700)
    source = {"S3Uri": str(address), "S3DataType": "S3Prefix", "name": f"the {name} data"}
    if await bringing.transfers.find(address) is not None:
        file = address.key.rpartition("/")[2]
        if file in {"", ".", ".."}:
            raise JobError(f"ClientError: {address} is not the address of a file.")
        await bringing.transfers.fetch_file(address, folder / file, most_bytes)
    else:
        await bringing.transfers.fetch_source({**source, "S3Uri": f"{str(address).rstrip('/')}/"}, folder, most_bytes)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    taken = sum(path.stat().st_size for path in files)
    return [f"{name}/{path.relative_to(folder)}" for path in files], most_bytes - taken


def _orders(request: Mapping[str, Any], paths: Sequence[Sequence[str]], cores: int) -> dict[str, Any]:
    chosen = request["hyperParameters"]
    return {
        "base": _BASE,
        "training": paths[0],
        "validation": paths[1:],
        "output": f"{_ML}/output",
        "model": f"{_ML}/model",
        "notes": f"{_ML}/notes",
        "checkpoints": f"{_ML}/checkpoints",
        "epochs": int(chosen["epochCount"]),
        "batch": int(chosen["batchSize"]),
        "rate": float(chosen["learningRate"]),
        "warmup": int(chosen["learningRateWarmupSteps"]),
        "rank": int(chosen["loraRank"]),
        "seed": _SEED,
        "threads": cores,
        "most_records": custom.MOST_RECORDS,
        "most_validation_records": custom.MOST_VALIDATION_RECORDS,
        "most_tokens": custom.MOST_RECORD_TOKENS,
    }


def _environment(cores: int) -> dict[str, str]:
    return {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "PYTHONWARNINGS": "ignore",
        "TQDM_DISABLE": "1",
        "HOME": "/tmp",  # noqa: S108 - inside
        "TMPDIR": "/tmp",  # noqa: S108 - inside
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": str(cores),
        # Threads that spin while they wait take ten times as long on a machine that others use too.
        "OMP_WAIT_POLICY": "passive",
        "GOMP_SPINCOUNT": "0",
        "USER": "usina",  # torch asks who it is, and the sandbox has no list of users
        "TORCHINDUCTOR_CACHE_DIR": "/tmp/inductor",  # noqa: S108 - inside
    }


def _failure_of(left: Left) -> str:
    """FailureReason of a run that nobody ended."""
    if left.end.reason == "memory":
        return (
            "ClientError: There was not enough memory. Use a smaller batchSize or shorter records, or have the "
            f"operator give {custom.CUSTOMIZATION_INSTANCE} more in instances.toml."
        )
    bound = bound_failure_of(left)
    if bound or left.end.code == 0:
        return bound
    said = read_start(left.folders.part("notes") / "failure", 1_024)
    fault = "ClientError" if left.end.code == _WRONG_DATA else "InternalServerError"
    return f"{fault}: {said or left.last_error or 'the training ended early; its log says why'}"


def _result(left: Left) -> dict[str, Any] | None:
    """What the program says of its run: numbers, and nothing else is taken from it."""
    text = read_start(left.folders.part("notes") / "result.json", _RESULT_BYTES)
    try:
        found = json.loads(text)
        losses = [float(loss) for loss in found["validation_losses"]]
        training = float(found["training_loss"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not all(map(math.isfinite, (*losses, training))):
        raise JobError(
            "ClientError: The training diverged: its loss is no number any more. Use a smaller learningRate."
        )
    return {"training_loss": training, "validation_losses": losses}
