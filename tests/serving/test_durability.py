"""What was acknowledged is there after `kill -9`: a real server, killed while it answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from configs.errors import NotFound
from serving.ledger import Ledger, open_ledger
from tests.serving.conftest import Server, serving

COMMAND = ["uvicorn", "--factory", "tests.serving.fakes:app", "--log-level", "warning"]
BEFORE_THE_KILL = 40


def decide_until_killed(server: Server) -> list[str]:
    """Ids of the decisions that were acknowledged."""
    acknowledged: list[str] = []
    with httpx.Client(base_url=server.url, timeout=10) as http:
        try:
            while True:
                answer = http.post("/v1/decide", json={"customer_id": f"c{len(acknowledged)}"})
                acknowledged.append(answer.raise_for_status().json()["decision_id"])
                if len(acknowledged) == BEFORE_THE_KILL:
                    server.kill()
        except httpx.TransportError:
            return acknowledged


def test_every_acknowledged_decision_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with serving(COMMAND, path, tmp_path / "log.txt", "/metrics") as server, ThreadPoolExecutor(3) as callers:
        acknowledged = [one for ids in callers.map(decide_until_killed, [server] * 3) for one in ids]
    assert len(acknowledged) >= BEFORE_THE_KILL
    ledger = Ledger(open_ledger(f"sqlite:///{path}"))
    lost = []
    for decision_id in acknowledged:
        try:
            ledger.find_decision(decision_id)
        except NotFound:
            lost.append(decision_id)
    assert lost == []


def test_a_restarted_service_knows_its_keys_and_takes_late_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ask = {"json": {"customer_id": "c1"}, "headers": {"Idempotency-Key": "k"}}
    with serving(COMMAND, path, tmp_path / "log.txt", "/metrics") as server:
        first = httpx.post(f"{server.url}/v1/decide", **ask)
        outcome = {
            "outcome_id": "x",
            "decision_id": first.json()["decision_id"],
            "offer_id": "o2",
            "kind": "clicked",
            "occurred_at": "2017-11-07T00:00:00Z",
        }
        assert httpx.post(f"{server.url}/v1/outcomes", json=outcome).json()["status"] == "recorded"
        server.kill()
    with serving(COMMAND, path, tmp_path / "log.txt", "/metrics") as server:
        assert httpx.post(f"{server.url}/v1/decide", **ask).content == first.content
        assert httpx.post(f"{server.url}/v1/outcomes", json=outcome).json()["status"] == "repeated"
