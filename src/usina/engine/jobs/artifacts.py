"""What a job leaves behind: its model, its output, and why it failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from usina.engine.jobs.archives import ArchiveError, pack, read_start
from usina.engine.jobs.container import JobError
from usina.engine.jobs.transfers import Address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from usina.engine.jobs.folders import Folders
    from usina.engine.jobs.kinds import Left
    from usina.engine.jobs.transfers import Transfers

_FAILURE_BYTES = 4_096
_BOUNDS = {
    "memory": "ClientError: Please use an instance type with more memory, or reduce the size of job data processed on "
    "an instance: {detail}",
    "disk": "ClientError: The job's volume is full (VolumeSizeInGB): {detail}",
    "unable": "InternalServerError: The program could not run: {detail}",
}


def bound_failure_of(left: Left) -> str:
    """FailureReason of a program that was ended by one of its bounds; empty where it was not."""
    end = left.end
    if end.reason in _BOUNDS:
        return f"{_BOUNDS[end.reason].format(detail=end.detail)}, exit code: {end.code}"
    return ""


def failure_of(left: Left) -> str:
    """FailureReason of a training program that ended so; empty where it succeeded."""
    bound, code = bound_failure_of(left), left.end.code
    if bound or code == 0:
        return bound
    said = read_start(left.folders.part("output") / "failure", _FAILURE_BYTES)
    if not said:
        said = f'ExecuteUserScriptError:\nExitCode {code}\nErrorMessage "{left.last_error}"\nCommand "{left.command}"'
    return f"AlgorithmError: {said[:900]}, exit code: {code}"


class Artifacts:
    """The artifacts of one job on their way to the store."""

    def __init__(self, request: Mapping[str, Any], folders: Folders, transfers: Transfers, most_bytes: int) -> None:
        self._folders = folders
        self._most_bytes = most_bytes
        self._transfers = transfers
        config = request["OutputDataConfig"]
        self._packed = config.get("CompressionType", "GZIP") != "NONE"
        self._address = Address.parse(config["S3OutputPath"]) / request["TrainingJobName"] / "output"

    async def send_model(self) -> str:
        """Store the model, empty or not; gives where."""
        return await self._send(self._folders.part("model"), "model")

    async def send_output(self) -> str:
        """Store what is in output/data, if anything is; gives where."""
        data = self._folders.part("output") / "data"
        if data.is_symlink() or not data.is_dir() or not any(data.iterdir()):
            return ""
        return await self._send(data, "output")

    async def _send(self, folder: Path, name: str) -> str:
        if not self._packed:
            await self._transfers.send_folder(folder, self._address / name, {}, most_bytes=self._most_bytes)
            return f"{self._address / name}/"
        archive = self._folders.root / f"{name}.tar.gz"
        try:
            await asyncio.to_thread(pack, folder, archive, self._most_bytes)
        except (ArchiveError, OSError) as error:
            raise JobError(f"ClientError: Artifact upload failed: {name} cannot be packed: {error}") from error
        await self._transfers.send_file(archive, self._address / archive.name)
        return str(self._address / archive.name)
