"""Where the conformance suites come from: the source archive of the very botocore that is installed, fetched by pip."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import botocore

_FOLDER = Path(__file__).parents[2] / ".conformance"


def botocore_source() -> Path:
    """Folder of botocore's unpacked source archive (with its tests); fetched once.

    Raises: SystemExit with what to do where pip cannot fetch it.
    """
    name = f"botocore-{botocore.__version__}"
    unpacked = _FOLDER / name
    if unpacked.is_dir():
        return unpacked
    _FOLDER.mkdir(exist_ok=True)
    wanted = f"botocore=={botocore.__version__}"
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(_FOLDER)]
    if subprocess.run([*pip, wanted], check=False).returncode:
        message = f"pip could not fetch the source archive of {wanted}. Check the package index and try again."
        raise SystemExit(message)
    partial = _FOLDER / f"{name}.partial"
    with tarfile.open(_FOLDER / f"{name}.tar.gz") as archive:
        archive.extractall(partial, filter="data")
    (partial / name).rename(unpacked)
    partial.rmdir()
    return unpacked
