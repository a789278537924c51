"""What is done where a user's script does not say: how a model of a known framework is loaded and asked.

The models are the user's own and are loaded within the sandbox, where a pickle can do no more than their script.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_XGBOOST = (".ubj", ".xgb", ".bst", "xgboost-model")


def load(folder: str) -> Any:
    """The model in that folder. Raises: RuntimeError where there is none that can be loaded without a `model_fn`."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []  # noqa: PTH112, PTH208 - no pathlib: quick start
    for name in names:
        loader = _loader(name)
        if loader is not None:
            return loader(os.path.join(folder, name))  # noqa: PTH118 - as above
    raise RuntimeError(
        f"there is no model in {folder} that this image loads by itself (it holds: {', '.join(names) or 'nothing'}). "
        "Give a model_fn(model_dir) in code/inference.py."
    )


def predict(data: Any, model: Any) -> Any:
    """Ask a model: `predict` where it has one, else call it. Raises: RuntimeError where it can do neither."""
    kind = type(model).__module__.partition(".")[0]
    if kind == "xgboost" and type(model).__name__ == "Booster":
        return model.predict(import_module("xgboost").DMatrix(data))
    if kind == "torch":
        torch = import_module("torch")
        with torch.no_grad():
            return model(torch.as_tensor(data, dtype=torch.float32))
    if hasattr(model, "predict"):
        return model.predict(data)
    if callable(model):
        return model(data)
    raise RuntimeError("the model has no predict and cannot be called. Give a predict_fn(data, model).")


def _loader(name: str) -> Callable[[str], Any] | None:
    if name.endswith((".joblib", ".pkl")) and find_spec("joblib"):
        return import_module("joblib").load  # type: ignore[no-any-return] # of a module that is looked for
    if name.endswith(_XGBOOST) and find_spec("xgboost"):
        return _booster
    if name.endswith((".pt", ".pth")) and find_spec("torch"):
        return _scripted
    return None


def _booster(path: str) -> Any:
    booster = import_module("xgboost").Booster()
    booster.load_model(path)
    return booster


def _scripted(path: str) -> Any:
    """A TorchScript file, as the toolkit's own default loads it: a state needs its class, so a `model_fn`."""
    model = import_module("torch").jit.load(path, map_location="cpu")
    model.eval()
    return model
