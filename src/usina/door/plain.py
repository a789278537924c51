"""The pages that need no identity: `/healthz`, `/readyz`, `/metrics`, and where people sign in. They tell nothing
about any caller.
"""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.ports import ModelStore
    from usina.door.metrics import Metrics

    Page = tuple[int, list[tuple[bytes, bytes]], bytes]

SIGN_IN = b"/.well-known/usina-sign-in"
_JSON = (b"content-type", b"application/json")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_EXPOSITION = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


class PlainPages:
    """Health for supervisors, metrics for Prometheus (only for the networks that may read them)."""

    def __init__(
        self,
        metrics: Metrics,
        models: ModelStore,
        metrics_networks: Sequence[str],
        problems: Callable[[], Mapping[str, str]],
        sign_in: Mapping[str, str] | None = None,
    ) -> None:
        self._sign_in = json.dumps(sign_in).encode() if sign_in else b""
        self._metrics = metrics
        self._models = models
        self._problems = problems
        self._networks = [ipaddress.ip_network(network) for network in metrics_networks]

    def page(self, scope: dict[str, Any], *, ready: bool) -> Page | None:
        """The page of that path, or None where the path is none of ours."""
        path = scope["raw_path"]
        if path not in {b"/healthz", b"/readyz", b"/metrics", SIGN_IN}:
            return None
        if scope["method"] not in {"GET", "HEAD"}:
            return (405, [_TEXT, (b"allow", b"GET, HEAD")], b"use GET\n")
        if path == b"/healthz":
            return (200, [_TEXT], b"alive\n")
        if path == SIGN_IN:
            return (200, [_JSON], self._sign_in) if self._sign_in else (404, [_TEXT], b"nobody signs in here\n")
        if path == b"/readyz":
            return self._readiness(ready)
        if not self._may_read_metrics(scope):
            return (403, [_TEXT], b"your network is not in metrics_networks of site.toml\n")
        return (200, [_EXPOSITION], self._metrics.exposition())

    def _readiness(self, ready: bool) -> Page:
        """Ready: not stopping, the ledger records, and every engine of the site's that should answer does.

        An account's own model has its ARN for an id. It is that account's affair: it makes nobody else wait, and
        this page is for anybody.
        """
        engines = [engine for engine in self._models.engines() if not engine.model.startswith("arn:")]
        waiting = sorted(engine.model for engine in engines if engine.state != "READY")
        if not ready:
            return (503, [_TEXT], b"stopping\n")
        if self._problems().get("ledger"):
            return (503, [_TEXT], b"the ledger cannot record; see the log\n")
        if waiting:
            return (503, [_TEXT], f"not ready: {', '.join(waiting)}\n".encode())
        return (200, [_TEXT], b"ready\n")

    def _may_read_metrics(self, scope: dict[str, Any]) -> bool:
        client = scope.get("client")
        try:
            address = ipaddress.ip_address(client[0] if client else "")
        except ValueError:
            return False
        return any(address in network for network in self._networks)
