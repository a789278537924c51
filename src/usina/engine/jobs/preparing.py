"""What must be on disk before a job's program starts: inputs, source, configuration, checkpoints."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from usina.engine.jobs.archives import ArchiveError, unpack
from usina.engine.jobs.container import ML, JobError, channels, config_files, entry_point, submitted
from usina.engine.jobs.transfers import Address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from usina.engine.jobs.folders import Folders
    from usina.engine.jobs.kinds import Bringing
    from usina.engine.jobs.transfers import Transfers

_SOURCE_BYTES = 2_147_483_648  # of source unpacked
_ARCHIVE_BYTES = 1_073_741_824
_CHECKPOINTS = f"{ML}/checkpoints"
_INPUT_DATA = f"{ML}/input/data/"


def checkpoints_inside(request: Mapping[str, Any]) -> str:
    """Where a job finds its checkpoints. Raises: JobError where that may not be."""
    path = PurePosixPath(request.get("CheckpointConfig", {}).get("LocalPath") or _CHECKPOINTS)
    # Mounted over anything else it could change what starts inside before the program's rights are gone.
    if path.parent != PurePosixPath(ML) or path.name in {"..", "code", "input", "model", "output"}:
        raise JobError(f"ClientError: CheckpointConfig.LocalPath must be a folder of its own in {ML}, not {path}.")
    return str(path)


def checkpoints_outside(request: Mapping[str, Any]) -> Address | None:
    """Where they are kept; None where the job keeps none."""
    address = request.get("CheckpointConfig", {}).get("S3Uri")
    return Address.parse(address) if address else None


async def bring(bringing: Bringing) -> None:
    """Fill a training job's folders, for as long as the job is wanted.

    Raises: JobError, UnavailableError.
    """
    request, folders, transfers = bringing.job.request, bringing.folders, bringing.transfers
    checkpoints = folders.part("checkpoints")
    output = Address.parse(request["OutputDataConfig"]["S3OutputPath"])
    transfers.check_output(output / request["TrainingJobName"] / "output" / "model.tar.gz")
    left = bringing.most_bytes
    for channel in channels(request):
        if not bringing.wanted():
            return
        if channel["ChannelName"] in {".", ".."}:
            raise JobError(f"ClientError: A channel cannot be named {channel['ChannelName']!r}.")
        folder = folders.part("input") / "data" / channel["ChannelName"]
        folder.mkdir(exist_ok=True)
        source = channel["DataSource"]["S3DataSource"] | {"name": f"channel {channel['ChannelName']}"}
        left -= await transfers.fetch_source(source, folder, left)
    for name, text in config_files(request, bringing.place).items():
        (folders.part("input") / "config" / name).write_text(text, "utf-8")
    kept = checkpoints_outside(request)
    if kept is not None and not any(checkpoints.iterdir()):
        await transfers.fetch_prefix(kept, checkpoints, left)
    if entry_point(request) and submitted(request):
        await _source(submitted(request), folders, transfers)


async def _source(address: str, folders: Folders, transfers: Transfers) -> None:
    """The archive of script mode, unpacked into the code folder."""
    if address.startswith(_INPUT_DATA):
        archive = _within(folders.part("input") / "data", address.removeprefix(_INPUT_DATA))
    else:
        archive = folders.root / "sourcedir.tar.gz"
        await transfers.fetch_file(Address.parse(address), archive, _ARCHIVE_BYTES)
    try:
        await asyncio.to_thread(unpack, archive, folders.part("code"), _SOURCE_BYTES)
    except ArchiveError as error:
        raise JobError(f"ClientError: The source archive {address} cannot be used: {error}.") from error


def _within(folder: Path, name: str) -> Path:
    path = folder / name
    if ".." in path.parts or not path.is_file():
        raise JobError(f"ClientError: sagemaker_submit_directory names {name!r}, which is not in the job's channels.")
    return path
