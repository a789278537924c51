"""What Prometheus reads at `/metrics`: counts and times by service, operation and model; never a caller, never content.

Label values come from closed sets (service models, the catalogue), so the number of series is bounded.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from prometheus_client.metrics_core import Metric

    from usina.core.ports import ModelStore
    from usina.pipeline.closing import Seen
    from usina.sovereignty.attempts import Attempts

_DURATION_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

# Models that accounts have made or brought have their ARNs for ids: they come and go, and an ARN names whose it is.
_ARN = "arn:"
_ACCOUNTS_OWN = "(accounts' own)"
_MOST_KNOWN = 1_000


class Metrics:
    """Counters of one front-door process."""

    def __init__(
        self,
        models: ModelStore,
        problems: Callable[[], Mapping[str, str]],
        invocation_logs: Mapping[str, int] = MappingProxyType({}),
        attempts: Attempts | None = None,
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, that nobody asks for
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "usina_requests",
            "Requests that ended, by how they ended",
            ("service", "operation", "outcome", "status"),
            registry=self._registry,
        )
        self._duration = Histogram(
            "usina_request_duration_seconds",
            "Time from the last byte in to the last byte out",
            ("service", "operation"),
            buckets=_DURATION_SECONDS,
            registry=self._registry,
        )
        self._first_token = Histogram(
            "usina_time_to_first_token_seconds",
            "Time from the last byte in to the first token of an answer",
            ("model",),
            buckets=_DURATION_SECONDS,
            registry=self._registry,
        )
        self._tokens = Counter(
            "usina_tokens",
            "Tokens, by model and kind (input, output, cached)",
            ("model", "kind"),
            registry=self._registry,
        )
        self._registry.register(_Parts(models, problems, invocation_logs))
        if attempts is not None:
            self._registry.register(_Proofs(attempts))
        # Looking a labelled child up by name costs as much as all the rest: keep the ones already met.
        self._known: dict[tuple[str, str, str, int], tuple[Counter, Histogram]] = {}
        self._models: dict[str, tuple[Histogram, Counter, Counter, Counter]] = {}

    def observe(self, seen: Seen) -> None:
        """Count one request that ended."""
        key = (seen.service, seen.operation, seen.outcome, seen.http_status)
        known = self._known.get(key)
        if known is None:
            known = (
                self._requests.labels(seen.service, seen.operation, seen.outcome, str(seen.http_status)),
                self._duration.labels(seen.service, seen.operation),
            )
            self._known[key] = known
        known[0].inc()
        known[1].observe(seen.duration_seconds)
        if seen.meter.model:
            self._observe_model(seen)

    def _observe_model(self, seen: Seen) -> None:
        meter = seen.meter
        known = self._models.get(meter.model)
        if known is None:
            child = self._tokens.labels
            name = _ACCOUNTS_OWN if meter.model.startswith(_ARN) else meter.model
            known = (
                self._first_token.labels(name),
                child(name, "input"),
                child(name, "output"),
                child(name, "cached"),
            )
            self._models[meter.model] = known
            if len(self._models) > _MOST_KNOWN:
                self._models.clear()  # only a memory of the children; they and their counts stay
        first, inputs, outputs, cached = known
        if seen.first_token_seconds is not None:
            first.observe(seen.first_token_seconds)
        inputs.inc(meter.input_tokens)
        outputs.inc(meter.output_tokens)
        cached.inc(meter.cached_tokens)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _Parts(Collector):
    """Gauges of engines, ledger and policy, read from those parts when somebody asks."""

    def __init__(
        self, models: ModelStore, problems: Callable[[], Mapping[str, str]], invocation_logs: Mapping[str, int]
    ) -> None:
        self._models = models
        self._problems = problems
        self._invocation_logs = invocation_logs

    def collect(self) -> Iterable[Metric]:
        """The parts as they are now."""
        sound = GaugeMetricFamily(
            "usina_part_ok", "0 when the operator must see to it; the log says why", labels=("part",)
        )
        for part, problem in self._problems().items():
            sound.add_metric([part], float(not problem))
        label: Sequence[str] = ("model",)
        ready = GaugeMetricFamily("usina_engine_ready", "1 when the engine answers", labels=label)
        running = GaugeMetricFamily("usina_engine_running_requests", "Requests an engine works on", labels=label)
        queued = GaugeMetricFamily("usina_engine_queued_requests", "Requests that wait for a slot", labels=label)
        restarts = CounterMetricFamily("usina_engine_restarts", "Restarts after a crash", labels=label)
        for engine in self._models.engines():
            name = engine.model.rpartition(":")[2] if engine.model.startswith(_ARN) else engine.model
            ready.add_metric([name], float(engine.state == "READY"))
            running.add_metric([name], engine.running)
            queued.add_metric([name], engine.queued)
            restarts.add_metric([name], engine.restarts)
        logged = CounterMetricFamily(
            "usina_invocation_logs",
            "Invocation logs for accounts that want them, by what came of them",
            labels=("end",),
        )
        for end, count in self._invocation_logs.items():
            logged.add_metric([end], count)
        return (sound, ready, running, queued, restarts, logged)


class _Proofs(Collector):
    """Proofs of identity that failed, without whose: neither key nor address is a label."""

    def __init__(self, attempts: Attempts) -> None:
        self._attempts = attempts

    def collect(self) -> Iterable[Metric]:
        """As they are now."""
        attempts = self._attempts
        failed = CounterMetricFamily("usina_failed_proofs", "Signatures and keys that did not prove a caller")
        failed.add_metric([], attempts.failed)
        away = CounterMetricFamily("usina_locked_out_requests", "Requests that were turned away during a lock")
        away.add_metric([], attempts.turned_away)
        locks = GaugeMetricFamily("usina_locks", "Locks in force after failed proofs", labels=("on",))
        for kind, count in zip(("key", "address"), attempts.locked(), strict=True):
            locks.add_metric([kind], count)
        return (failed, away, locks)
