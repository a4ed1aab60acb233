"""Metrics: one series per route, whatever the path holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from starlette.testclient import TestClient

from tests.serving.fakes import World


@dataclass
class Watch:
    """What grows in a metric from now on: where Feast was imported first, all tests share the process's counts."""

    client: TestClient
    name: str
    before: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.read()

    def read(self) -> dict[str, float]:
        exposed = self.client.get("/metrics").text
        return {
            labels: float(value)
            for labels, value in re.findall(rf"^{self.name}(\{{.*\}}) (\S+)$", exposed, re.MULTILINE)
            if "/metrics" not in labels
        }

    def grown(self) -> dict[str, float]:
        differences = {labels: value - self.before.get(labels, 0.0) for labels, value in self.read().items()}
        return {labels: difference for labels, difference in differences.items() if difference}


def test_decisions_are_counted_by_arm_and_action(world: World, client: TestClient) -> None:
    decisions, degraded = Watch(client, "tenure_decisions_total"), Watch(client, "tenure_degraded_total")
    client.post("/v1/decide", json={"customer_id": "c1"}, headers={"Idempotency-Key": "k"})
    client.post("/v1/decide", json={"customer_id": "c1"}, headers={"Idempotency-Key": "k"})  # not decided again
    world.features.away = True
    client.post("/v1/decide", json={"customer_id": "c1"})
    assert decisions.grown() == {'{action="offer",arm="policy"}': 1.0, '{action="nothing",arm="policy"}': 1.0}
    assert degraded.grown() == {'{part="features"}': 1.0}


def test_ids_and_unknown_paths_make_no_series(client: TestClient) -> None:
    requests = Watch(client, "tenure_request_seconds_count")
    for number in range(5):
        client.get(f"/v1/decisions/d{number}")
        client.get(f"/wp-admin/{number}")
    client.get("/v1/decide")
    assert requests.grown() == {
        '{route="/v1/decisions/{decision_id}",status="404"}': 5.0,
        '{route="unknown",status="404"}': 5.0,
        '{route="/v1/decide",status="405"}': 1.0,
    }


def test_no_metric_names_a_customer(client: TestClient) -> None:
    client.post("/v1/decide", json={"customer_id": "anna@example.com"})
    assert "anna" not in client.get("/metrics").text
