"""The service as it is run: a real `bentoml serve` process on a runtime of fakes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from serving.archive import Archive
from serving.database import open_ledger
from serving.entries import PricesEntry
from tests.serving.conftest import Server, serving
from tests.serving.fakes import NOW

DECIDE = {"customer_id": "anna@example.com"}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service") / "ledger.db"


@pytest.fixture(scope="module")
def server(ledger: Path) -> Iterator[Server]:
    command = ["bentoml", "serve", "serving.service:Tenure"]
    with serving(command, ledger, ledger.with_name("log.txt"), "/readyz") as server:
        yield server


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as http:
        yield http


@pytest.mark.parametrize("path", ["/livez", "/healthz", "/readyz", "/metrics", "/", "/openapi.json"])
def test_operators_find_what_they_expect(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 200


def test_a_decision_over_http_is_replayed_by_its_key(http: httpx.Client) -> None:
    answers = [http.post("/v1/decide", json=DECIDE, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert answers[0].json()["cold_start"] is True
    assert answers[0].content == answers[1].content
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/docs.json", 404, "not_found"),
        ("GET", "/v1/decide", 405, "method_not_allowed"),
        ("POST", "/v1/decide", 415, "unsupported_media_type"),
        ("POST", "/livez", 404, "not_found"),
    ],
)
def test_errors_have_one_shape_under_bentoml_too(
    http: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_body_of_10_mb_is_refused_and_the_service_goes_on(server: Server) -> None:
    with httpx.Client(base_url=server.url, timeout=5) as http:
        body = b'{"customer_id": "' + b"x" * 10_000_000 + b'"}'
        answer = http.post("/v1/decide", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
        assert http.post("/v1/score", json={"customer_ids": ["c1"]}).status_code == 200


def test_metrics_are_by_route(http: httpx.Client) -> None:
    http.get("/v1/decisions/some-id")
    exposed = http.get("/metrics").text
    assert 'tenure_request_seconds_count{route="/v1/decisions/{decision_id}",status="404"}' in exposed
    assert 'tenure_decisions_total{action="offer",arm="policy"}' in exposed
    assert "some-id" not in exposed


def test_it_is_not_ready_while_no_decision_could_be_written_and_alive_all_the_same(
    http: httpx.Client, ledger: Path
) -> None:
    with closing(sqlite3.connect(ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert [http.get("/readyz").status_code, http.get("/livez").status_code] == [503, 200]
        assert http.post("/v1/decide", json=DECIDE).status_code == 503
    assert http.get("/readyz").status_code == 200


def test_what_the_service_warns_of_is_in_its_log(http: httpx.Client, server: Server, ledger: Path) -> None:
    """BentoML sets up logging on its own: our loggers must come through it."""
    Archive(open_ledger(f"sqlite:///{ledger}")).add_prices(PricesEntry("v1", NOW, "gone", '{"money": 0.5}'))
    said = "[WARNING] [entry_service:Tenure:1] shadow prices v1 were found under other budgets than the policy's"
    deadline = time.monotonic() + 10
    while said not in server.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.log.read_text().count(said) == 1
    assert http.post("/v1/decide", json=DECIDE).json()["policy"]["prices_version"] is None


def test_the_page_is_ours_and_loads_no_tag_manager(http: httpx.Client) -> None:
    page = http.get("/", headers={"accept": "text/html"}).text
    assert "<title>Tenure</title>" in page
    assert "googletagmanager" not in page
    assert http.get("/static_content/swagger-ui-bundle.js").status_code == 200


def test_the_log_holds_no_person_and_no_usage_data_is_sent(http: httpx.Client, server: Server) -> None:
    http.post("/v1/decide", json=DECIDE)
    log = server.log.read_text()
    assert "Service Tenure initialized" in log
    assert "anna" not in log
    assert "Tracking" not in log  # what BentoML prints in place of sending, see `Server`
