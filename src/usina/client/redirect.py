"""Lets botocore find the kit's tables also where a program builds a loader by itself, past AWS_DATA_PATH.

The sagemaker SDK looks the host of its STS client up in that way, and would ask Amazon who we are. A kit holds this
file as `python/sitecustomize.py`, and its `env` puts that folder on PYTHONPATH: Python then runs it at every start. So
it is quick, written so that a Python 3.6 of the machine reads it too, does nothing until `botocore.loaders` is
imported, and then sets one attribute. Another sitecustomize, which it would hide, is run as well.
"""

import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.util import module_from_spec

TYPE_CHECKING = False  # importing typing would cost every Python that starts some milliseconds
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_HERE = __file__.rpartition(os.sep)[0]
_MODELS = f"{_HERE.rpartition(os.sep)[0]}{os.sep}models"


class _Loader(SourceFileLoader):
    """Runs the module, and then names the kit's folder where it names `~/.aws/models`."""

    def exec_module(self, module: "ModuleType") -> None:
        super().exec_module(module)
        module.Loader.CUSTOMER_DATA_PATH = _MODELS


class _Finder:
    """Finds one module as Python itself does, with our loader."""

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """The way Python asks for a module; None leaves it to the others."""
        if fullname != "botocore.loaders":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def _run_hidden() -> None:
    """The sitecustomize of the machine or of the environment, if there is one behind us."""
    spec = PathFinder.find_spec("sitecustomize", [place for place in sys.path if place != _HERE])
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


if __name__ == "sitecustomize":
    sys.meta_path.insert(0, _Finder())
    _run_hidden()
