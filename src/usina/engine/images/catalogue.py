"""The built-in images: what is in each, to the last file.

`usina/python` is the factory's own interpreter with its standard library, and none of the factory's packages; it is
always there. The others are environments for the same interpreter, made from the lists of `locks/`.
"""

from __future__ import annotations

import hashlib
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOCKS: Final = Path(__file__).with_name("locks")
ALGORITHMS: Final = Path(__file__).with_name("algorithms")
ALGORITHM: Final = "/opt/usina/algorithm.py"  # where such a program is seen inside
PREFIX: Final = "usina/"
INSIDE: Final = "/opt/usina/image"  # where an environment is seen inside
PYTHON: Final = "usina/python"
# The build for processors, by the label that only PyTorch's own registry gives it: the same version without a label is,
# on Linux, the one for GPUs.
TORCH: Final = "torch==2.13.0+cpu"
_KEY_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One environment, before it is on any disk."""

    name: str
    title: str
    torch: str = ""  # requirement that is installed beside the list, without a hash: see docs/adr/0012
    locks: Path = LOCKS
    environment: tuple[tuple[str, str], ...] = ()
    algorithm: str = ""  # file of a program that trains where a job brings none

    @property
    def short(self) -> str:
        """The name without its prefix, as files are called."""
        return self.name.removeprefix(PREFIX)

    @property
    def lock(self) -> Path:
        """Its list: exact versions with the hash of every file."""
        return self.locks / f"{self.short}.lock"

    @property
    def key(self) -> str:
        """What the environment's folder is called: another list or another Python is another environment."""
        content = "\n".join((self.lock.read_text("utf-8"), self.torch, interpreter_tag()))
        return f"{self.short}-{hashlib.sha256(content.encode()).hexdigest()[:_KEY_CHARACTERS]}"


BUILT_IN: Final = {
    each.name: each
    for each in (
        BuiltIn("usina/sklearn", "scikit-learn, pandas and NumPy"),
        BuiltIn(
            "usina/xgboost", "XGBoost for processors, scikit-learn, pandas and NumPy", algorithm="xgboost_training.py"
        ),
        BuiltIn("usina/pytorch", "PyTorch for processors, and NumPy", TORCH),
        BuiltIn(
            "usina/lora",
            "PyTorch for processors, transformers, peft, accelerate and gguf",
            TORCH,
            environment=(
                ("HF_HUB_OFFLINE", "1"),
                ("HF_HUB_DISABLE_TELEMETRY", "1"),
            ),  # it could not, and would try long
        ),
    )
}
NAMES: Final = (PYTHON, *BUILT_IN)


def interpreter_tag() -> str:
    """Which files fit this interpreter, and where it lies: environments link to it."""
    return f"{sysconfig.get_config_var('SOABI')} {sys.version_info.micro} {Path(sys.base_prefix).resolve()}"
