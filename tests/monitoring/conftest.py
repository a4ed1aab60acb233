"""A small world whose truth is known: customers, what was served to them, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, create_engine, insert

from configs.monitoring import Monitoring
from features.ledger import DECISIONS, METADATA, OUTCOMES, to_text
from monitoring.columns import Pair
from monitoring.drift.chance import distances
from monitoring.inputs import Labels

OFFERS = ("voucher-10", "free-delivery", "<script>alert(1)</script>")
FILTERED = [{"offer_id": "x", "stage": stage, "reason": "r"} for stage in ("consent", "contact_cap", "consent")]


@dataclass(frozen=True)
class World:
    """Everything in it is a function of its arguments and a seed; `now` is the instant of the report."""

    now: datetime = datetime(2017, 11, 6, 9, 30, tzinfo=UTC)

    def customers(self, n: int, seed: int = 1, *, shift: float = 0.0) -> pd.DataFrame:
        """Three model inputs and a p_churn that is right; `shift` moves recency by that many standard deviations."""
        rng = np.random.default_rng(seed)
        log_days = rng.normal(3.0 + shift, 1.0, n)
        return pd.DataFrame(
            {
                "purchases__days_since_last": np.exp(log_days),
                "purchases__spend_8w": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(2, 40, n)),
                "subscription__plan": rng.choice(["basic", "plus", "family"], n, p=[0.5, 0.3, 0.2]),
                "p_churn": 1 / (1 + np.exp(5.0 - log_days)),
            }
        )

    def serve(
        self, ledger: Engine, served: pd.DataFrame, *, days: float = 20.0, days_ago: float = 0.0, prefix: str = "c"
    ) -> None:
        """Write one decision per row into the ledger, evenly over `days`, the newest `days_ago` before now."""
        rng = np.random.default_rng(5)
        plain = served.astype(object).where(served.notna(), None).to_dict("records")
        newest = self.now - timedelta(days=days_ago)
        instants = [newest - timedelta(days=days * i / len(plain)) for i in range(len(plain))]
        rows = [_decision(f"{prefix}{i}", row, instants[i], rng) for i, row in enumerate(plain)]
        outcomes = [_acceptance(row) for row in rows if row["offer_id"] and rng.random() < 0.12]
        with ledger.begin() as connection:
            connection.execute(insert(DECISIONS), rows)
            if outcomes:
                connection.execute(insert(OUTCOMES), outcomes)

    def labels(self, p: Mapping[str, float], *, horizon_days: float = 56) -> Labels:
        """Labels of a world in which customer c leaves with probability p[c]."""

        def labels(spine: pd.DataFrame) -> pd.DataFrame:
            leaves = np.random.default_rng(3).random(len(spine)) < spine["customer_id"].map(p).to_numpy(dtype=float)
            matures_at = spine["as_of"] + pd.Timedelta(days=horizon_days)
            return spine.assign(label=leaves.astype(float), matures_at=matures_at)

        return labels

    def measure(self, columns: Sequence[Pair], limits: Mapping[str, float], page: Path) -> Mapping[str, float]:
        """Evidently's distances without its seconds; test_evidently_page holds the two equal."""
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"<!doctype html><title>{len(limits)} columns</title>")
        return {column.name: self.distance(column) for column in columns}

    def distance(self, column: Pair) -> float:
        """The distance of the two sides as they are."""
        truth = np.arange(len(column.reference) + len(column.current)) >= len(column.reference)
        return float(distances(column, truth[None, :])[0])


def _decision(customer: str, row: Mapping[str, object], at: datetime, rng: np.random.Generator) -> dict[str, object]:
    holdout, nothing = rng.random() < 0.1, rng.random() < 0.4
    offer = None if holdout or nothing else str(rng.choice(OFFERS))
    values = {name: value for name, value in row.items() if name != "p_churn"}
    return {
        "decision_id": f"d-{customer}-{at:%Y%m%d%H%M%S}",
        "body_hash": "h",
        "customer_id": customer,
        "decided_at": to_text(at),
        "arm": "holdout" if holdout else "policy",
        "policy_version": "1",
        "policy_hash": "p",
        "catalogue_hash": "c",
        "prices_version": "",
        "trace": "{}",
        "models": "[]",
        "p_churn": row.get("p_churn"),
        "offer_id": offer,
        "channel": "email" if offer else None,
        "selection_probability": 1.0 if holdout else 0.9,
        "features": json.dumps({"values": values, "by_kind": {}}),
        "features_hash": "h",
        "degraded": json.dumps(["churn_model"] if rng.random() < 0.005 else []),
        "request": "{}",
        "response": json.dumps({"filtered": FILTERED}),
    }


def _acceptance(decision: Mapping[str, object]) -> dict[str, object]:
    return {
        "outcome_id": f"o-{decision['decision_id']}",
        "body_hash": "h",
        "decision_id": decision["decision_id"],
        "customer_id": decision["customer_id"],
        "offer_id": decision["offer_id"],
        "kind": "accepted",
        "value": 1.0,
        "occurred_at": decision["decided_at"],
        "received_at": decision["decided_at"],
    }


@pytest.fixture(scope="session")
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def settings() -> Monitoring:
    return Monitoring(permutations=99, resamples=100)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    METADATA.create_all(made)
    yield made
    made.dispose()
