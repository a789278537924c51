"""Health is for everybody, metrics for the networks that may read them, and neither tells of a caller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.limits import Limits
from usina.core.operation import Meter
from usina.core.ports import EngineStatus
from usina.door.metrics import Metrics
from usina.door.plain import PlainPages
from usina.pipeline.closing import Seen
from usina.sovereignty.attempts import Attempts
from usina.testing.clock import VirtualClock
from usina.testing.world import world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import ModelStore


class _Models:
    """The one method of the port that pages use."""

    def __init__(self, *engines: EngineStatus) -> None:
        self._engines = engines

    def engines(self) -> Sequence[EngineStatus]:
        return self._engines


def _engine(state: str) -> EngineStatus:
    return EngineStatus("some.model", state, restarts=3, running=2, queued=1)


def _pages(*engines: EngineStatus, problem: str = "") -> tuple[PlainPages, Metrics]:
    models: ModelStore = _Models(*engines)  # type: ignore[assignment]  # the part of the port that is used

    def problems() -> dict[str, str]:
        return {"ledger": problem}

    metrics = Metrics(models, problems)
    return PlainPages(metrics, models, ("127.0.0.0/8",), problems), metrics


def _scope(path: str, method: str = "GET", peer: str = "127.0.0.1") -> dict[str, Any]:
    return {"raw_path": path.encode(), "method": method, "client": (peer, "1")}


def _seen(**changes: Any) -> Seen:
    values: dict[str, Any] = {
        "service": "bedrock-runtime",
        "operation": "Converse",
        "http_status": 200,
        "outcome": "done",
        "error": "",
        "duration_seconds": 0.02,
        "first_token_seconds": 0.01,
        "meter": Meter(model="some.model", input_tokens=5, output_tokens=7, cached_tokens=2),
    }
    return Seen(**{**values, **changes})


def test_failed_proofs_are_counted_without_whose_they_are() -> None:
    clock = VirtualClock()
    attempts = Attempts(Limits(failed_proofs_per_key=1), clock)
    attempts.fail(("AKIAONE", "192.0.2.7"), clock.now())
    text = Metrics(_Models(), dict, attempts=attempts).exposition().decode()  # type: ignore[arg-type]  # as above
    assert "usina_failed_proofs_total 1.0" in text
    assert 'usina_locks{on="key"} 1.0' in text
    assert 'usina_locks{on="address"} 0.0' in text
    assert "AKIAONE" not in text
    assert "192.0.2.7" not in text


def test_where_people_sign_in_is_told_to_anybody_if_they_do() -> None:
    pages, metrics = _pages()
    path = "/.well-known/usina-sign-in"
    nobody = pages.page(_scope(path), ready=True)
    assert nobody is not None
    assert nobody[0] == 404
    told = {"issuer": "https://idp.example.internal", "client_id": "usina", "scope": "openid"}
    models: ModelStore = _Models()  # type: ignore[assignment]  # the part of the port that is used
    page = PlainPages(metrics, models, (), dict, told).page(_scope(path, peer="192.0.2.7"), ready=True)
    assert page is not None
    assert (page[0], json.loads(page[2])) == (200, told)


def test_other_paths_are_not_pages() -> None:
    pages, _ = _pages()
    assert pages.page(_scope("/model/m/converse"), ready=True) is None


def test_alive_is_not_ready() -> None:
    pages, _ = _pages(_engine("STARTING"))
    health, readiness = pages.page(_scope("/healthz"), ready=True), pages.page(_scope("/readyz"), ready=True)
    assert health is not None
    assert readiness is not None
    assert (health[0], readiness[0]) == (200, 503)
    assert b"some.model" in readiness[2]


@pytest.mark.parametrize(("state", "draining", "status"), [("READY", False, 200), ("READY", True, 503)])
def test_ready_is_every_engine_answering_and_no_stop_under_way(state: str, draining: bool, status: int) -> None:
    pages, _ = _pages(_engine(state))
    page = pages.page(_scope("/readyz"), ready=not draining)
    assert page is not None
    assert page[0] == status


def test_a_factory_whose_ledger_cannot_record_is_not_ready_and_its_metrics_say_so() -> None:
    pages, metrics = _pages(_engine("READY"), problem="disk full on /secret/place")
    page = pages.page(_scope("/readyz"), ready=True)
    assert page is not None
    assert page[0] == 503
    assert b"secret" not in page[2]
    assert 'usina_part_ok{part="ledger"} 0.0' in metrics.exposition().decode()


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.9", 200), ("192.0.2.1", 403), ("", 403)])
def test_metrics_are_for_the_networks_that_may_read_them(peer: str, status: int) -> None:
    pages, _ = _pages()
    page = pages.page(_scope("/metrics", peer=peer), ready=True)
    assert page is not None
    assert page[0] == status


def test_a_page_is_read_and_nothing_else() -> None:
    pages, _ = _pages()
    page = pages.page(_scope("/healthz", method="DELETE"), ready=True)
    assert page is not None
    assert page[0] == 405


def test_requests_tokens_times_and_engines_are_counted_by_model() -> None:
    _, metrics = _pages(_engine("READY"))
    metrics.observe(_seen())
    metrics.observe(_seen())
    metrics.observe(_seen(outcome="failed", http_status=429, first_token_seconds=None, meter=Meter()))
    text = metrics.exposition().decode()
    done = 'usina_requests_total{operation="Converse",outcome="done",service="bedrock-runtime",status="200"} 2.0'
    assert done in text
    assert 'outcome="failed",service="bedrock-runtime",status="429"} 1.0' in text
    assert 'usina_tokens_total{kind="input",model="some.model"} 10.0' in text
    assert 'usina_tokens_total{kind="output",model="some.model"} 14.0' in text
    assert 'usina_time_to_first_token_seconds_count{model="some.model"} 2.0' in text
    assert 'usina_engine_queued_requests{model="some.model"} 1.0' in text
    assert 'usina_engine_restarts_total{model="some.model"} 3.0' in text


def test_the_fake_model_store_serves_the_pages_as_well() -> None:
    pages = PlainPages(Metrics(world().models, dict), world().models, (), dict)
    assert pages.page(_scope("/readyz"), ready=True) is not None


ARN = "arn:aws:bedrock:us-east-1:111122223333:imported-model/abcdefghijkl"


def test_an_accounts_own_model_makes_nobody_wait_and_is_not_told_of() -> None:
    pages, _ = _pages(_engine("READY"), EngineStatus(ARN, "STARTING", 0, 0, 0))
    readiness = pages.page(_scope("/readyz"), ready=True)
    assert readiness is not None
    assert (readiness[0], readiness[2]) == (200, b"ready\n")


def test_metrics_of_accounts_own_models_do_not_say_whose_they_are() -> None:
    pages, metrics = _pages(EngineStatus(ARN, "READY", 0, 1, 0))
    for number in range(3):
        metrics.observe(_seen(meter=Meter(model=f"{ARN}{number}", input_tokens=5)))
    text = metrics.exposition().decode()
    assert "111122223333" not in text
    assert 'usina_engine_running_requests{model="imported-model/abcdefghijkl"} 1.0' in text
    assert 'usina_tokens_total{kind="input",model="(accounts\' own)"} 15.0' in text
    assert pages is not None


def test_delivered_and_dropped_invocation_logs_are_counted() -> None:
    metrics = Metrics(_Models(), dict, {"delivered": 3, "dropped": 1})  # type: ignore[arg-type]  # the part that is used
    text = metrics.exposition().decode()
    assert 'usina_invocation_logs_total{end="delivered"} 3.0' in text
    assert 'usina_invocation_logs_total{end="dropped"} 1.0' in text
