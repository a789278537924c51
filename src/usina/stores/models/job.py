"""One import, in a child process: `python -m usina.stores.models.job JOB`. JOB is a JSON file; results lie beside it.

A child, because a foreign file is parsed here, because it takes seconds of CPU time, and so that the front door's loop
never waits for it. It writes `progress.json` while it works, then `result.json` or `error.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sys
from pathlib import Path
from typing import Any

from usina.core.errors import ApiError
from usina.stores.models.bert import convert_bert, pooling
from usina.stores.models.corrections import corrections_of
from usina.stores.models.found import find
from usina.stores.models.header import Header, read_header
from usina.stores.models.llama import convert_llama
from usina.stores.models.requantise import requantise

_KEPT_AS_THEY_ARE = ("Q8_0", "F16", "BF16", "F32")
_CHUNK_BYTES = 4_194_304
_MEMORY_FACTOR = 16  # address space per byte of source: arithmetic in 32-bit floats, two copies at a time, maps
_MEMORY_LEAST_BYTES = 8_589_934_592


class _Progress:
    """Tells the parent how far it is, in a file that is replaced whole."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "progress.json"
        self._last = -1.0
        self._doing = ""

    def doing(self, what: str) -> None:
        self._doing, self._last = what, -1.0
        self.tell(0.0)

    def tell(self, share: float) -> None:
        if share - self._last >= 0.01 or share >= 1.0:  # noqa: PLR2004 - one percent
            self._last = share
            draft = self._path.with_suffix(".draft")
            draft.write_text(json.dumps([self._doing, round(share, 3)]), "utf-8")
            draft.replace(self._path)


def run(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Do the job; gives what is known of the model.

    Raises: ValidationError, NotFoundError.
    """
    progress = _Progress(folder)
    progress.doing("looking")
    found = find(job["kind"], job["location"])
    _bound_memory(found.path)
    known = dict(found.known)
    target = folder / "model.gguf"
    options: dict[str, str] = {}
    if found.form == "bert":
        progress.doing("converting")
        convert_bert(found.path, target, known.get("name") or found.stem, progress.tell)
        options["pooling"] = pooling(found.path)
    elif found.form == "llama":
        progress.doing("converting")
        name = known.get("name") or found.stem
        convert_llama(found.path, target, name, progress.tell, quantise=bool(job["requantise"]))
    else:
        header = read_header(found.path)
        corrections = corrections_of(header)
        wanted = bool(job["requantise"]) and header.quantisation not in _KEPT_AS_THEY_ARE and _is_chat(header)
        if wanted or corrections or job.get("rewrite"):
            _rewrite(found.path, target, corrections, progress, quantise=wanted)
        if wanted or corrections:
            options["corrections"] = ", ".join(sorted(corrections))
        if not target.exists():
            progress.doing("copying")
            _copy(found.path, target, progress)
    progress.doing("checking")
    digest = _sha256(target, progress)
    return _describe(read_header(target), job, known, found.stem) | {
        "licence": job["licence"] or found.licence or str(read_header(target).values.get("general.license", "")),
        "source": found.source,
        "sha256": digest,
        "size_bytes": target.stat().st_size,
        "options": options,
    }


def _rewrite(
    source: Path, target: Path, corrections: dict[str, str | float], progress: _Progress, *, quantise: bool
) -> None:
    """Requantised, where there is arithmetic for the form it has; else only corrected."""
    if quantise:
        progress.doing("requantising")
        try:
            requantise(source, target, corrections, progress.tell)
        except NotImplementedError:
            target.unlink(missing_ok=True)
        else:
            return
    progress.doing("correcting")
    requantise(source, target, corrections, progress.tell, quantise=False)


def _describe(header: Header, job: dict[str, Any], known: dict[str, str], stem: str) -> dict[str, Any]:
    task = job["task"] or ("chat" if _is_chat(header) else "embedding")
    provider = known.get("provider") or str(header.values.get("general.organization") or "local")
    return {
        "name": known.get("name") or str(header.values.get("general.basename") or stem),
        "provider": provider,
        "architecture": header.architecture,
        "task": task,
        "context_tokens": header.number("context_length"),
        "embedding_dimensions": header.number("embedding_length") if task == "embedding" else 0,
        "cache_bytes_per_token": header.cache_bytes_per_token,
        "quantisation": header.quantisation,
        "parameter_count": _parameters(Path(job["folder"]) / "model.gguf"),
    }


def _is_chat(header: Header) -> bool:
    return "bert" not in header.architecture


def _parameters(path: Path) -> int:
    import gguf

    return int(sum(int(tensor.n_elements) for tensor in gguf.GGUFReader(path).tensors))


def _copy(source: Path, target: Path, progress: _Progress) -> None:
    size, done = max(source.stat().st_size, 1), 0
    with source.open("rb") as reading, target.open("wb") as writing:
        while chunk := reading.read(_CHUNK_BYTES):
            writing.write(chunk)
            done += len(chunk)
            progress.tell(done / size)


def _sha256(path: Path, progress: _Progress) -> str:
    digest, size, done = hashlib.sha256(), max(path.stat().st_size, 1), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            progress.tell(done / size)
        os.fsync(file.fileno())
    return digest.hexdigest()


def _bound_memory(path: Path) -> None:
    files = [path] if path.is_file() else [item for item in path.iterdir() if item.is_file()]
    most = max(_MEMORY_LEAST_BYTES, _MEMORY_FACTOR * sum(item.stat().st_size for item in files))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def main(arguments: list[str]) -> int:
    """Run a job file."""
    path = Path(arguments[0])
    folder = path.parent
    os.umask(0o077)
    try:
        job = json.loads(path.read_bytes())
        result = run(job | {"folder": str(folder)}, folder)
    except ApiError as error:
        return _failed(folder, error.message, str(error.error_kind))
    except MemoryError:
        return _failed(folder, "The model needs more memory to convert than it may take.", "validation")
    except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        # what numpy, gguf and safetensors raise for unsound files
        if isinstance(error, OSError) and shutil.disk_usage(folder).free < _CHUNK_BYTES:
            return _failed(folder, "The disk is full.", "unavailable")
        return _failed(folder, f"The model's files are not sound ({type(error).__name__}).", "validation")
    (folder / "result.json").write_text(json.dumps(result), "utf-8")
    return 0


def _failed(folder: Path, message: str, kind: str) -> int:
    (folder / "error.json").write_text(json.dumps({"message": message, "kind": kind}), "utf-8")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
