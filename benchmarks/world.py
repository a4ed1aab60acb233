"""A made-up company of any size: customers, purchases, offers on three channels, consents, treatments and outcomes.

The figures drawn from it are times, never qualities of a model: its customers follow simple habits.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from configs.dataset import Acceptance, Attribute, Churn, Clock, Dataset, Snapshots, Source, TableName, Value

NOW = datetime(2024, 7, 1, tzinfo=UTC)
SINCE = NOW - timedelta(days=365)
CHANNELS = ("email", "sms", "push")
KINDS = ("discount", "gift", "points", "upgrade")
OFFERS = 20
PURCHASES = 10  # per customer, on average
TREATMENTS = 2
CATEGORIES = np.array([f"category_{number:02d}" for number in range(40)])
TABLES: tuple[TableName, ...] = ("customers", "transactions", "offers", "treatments", "outcomes", "consents")


def generate(folder: Path, customers: int, *, seed: int = 0) -> Dataset:
    """Write the company's records as Parquet into `folder` and return their mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    ids = np.array([f"c{number:07d}" for number in range(customers)])
    treatments = _treatments(rng, ids)
    records = {
        "customers": _customers(rng, ids),
        "transactions": _transactions(rng, ids),
        "offers": _offers(rng),
        "treatments": treatments,
        "outcomes": _outcomes(rng, treatments),
        "consents": _consents(rng, ids),
    }
    for name, table in records.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return mapping(folder)


def mapping(folder: Path) -> Dataset:
    """How the records in `folder` become canonical tables."""
    number = Attribute(kind="number")
    category = Attribute(kind="category")
    return Dataset(
        name="made_up_company",
        timezone="UTC",
        sources={f"given_{name}": Source(path=str(folder / f"{name}.parquet")) for name in TABLES},
        tables={name: f"SELECT * FROM given_{name}" for name in TABLES},
        attributes={
            "customers": {"age": number, "income": number, "region": category, "device": category, "plan": category},
            "offers": {"percent": number},
        },
        clock=Clock(kind="data", at=NOW),
        snapshots=Snapshots(every_days=28, first=NOW - timedelta(days=84)),
        churn=Churn(kind="lapse", horizon_days=56, active_within_days=112),
        value=Value(kind="transactions", margin_rate=0.25),
        acceptance=Acceptance(kinds=("accepted",), within_days=7),
    )


def _customers(rng: np.random.Generator, ids: np.ndarray) -> pa.Table:
    rows = len(ids)
    income = np.where(rng.random(rows) < 0.3, np.nan, rng.lognormal(10.5, 0.5, rows))
    return pa.table(
        {
            "customer_id": ids,
            "signed_up_at": _instants(rng, rows, days=(365, 1500)),
            "age": rng.integers(18, 90, rows).astype(float),
            "income": pa.array(income, from_pandas=True),
            "region": np.array([f"region_{number:02d}" for number in range(12)])[rng.integers(0, 12, rows)],
            "device": np.array(["ios", "android", "web"])[rng.integers(0, 3, rows)],
            "plan": np.array(["basic", "plus", "family", "pro"])[rng.integers(0, 4, rows)],
        }
    )


def _transactions(rng: np.random.Generator, ids: np.ndarray) -> pa.Table:
    """Purchases at each customer's own pace; some customers stop somewhere in the year."""
    pace = rng.gamma(2.0, PURCHASES / 2.0, len(ids))
    who = np.repeat(np.arange(len(ids)), rng.poisson(pace) + 1)
    stopped = np.where(rng.random(len(ids)) < 0.3, rng.uniform(0.0, 200.0, len(ids)), 0.0)
    ago = stopped[who] + rng.random(len(who)) * (360.0 - stopped[who])
    amount = np.round(rng.lognormal(3.0, 0.8, len(who)), 2)
    return pa.table(
        {
            "customer_id": ids[who],
            "occurred_at": _at(ago),
            "amount": amount,
            "quantity": rng.integers(1, 9, len(who)).astype(float),
            "discount": np.where(rng.random(len(who)) < 0.2, np.round(amount * 0.1, 2), 0.0),
            "channel": np.array(["store", "web", "app"])[rng.integers(0, 3, len(who))],
            "categories": _pairs(rng, len(who)),
        }
    )


def _offers(rng: np.random.Generator) -> pa.Table:
    about = [sorted(rng.choice(CATEGORIES, 6, replace=False).tolist()) for _ in range(OFFERS)]
    return pa.table(
        {
            "offer_id": [f"offer_{number:02d}" for number in range(OFFERS)],
            "name": [f"Offer {number}" for number in range(OFFERS)],
            "kind": [KINDS[number % len(KINDS)] for number in range(OFFERS)],
            "cost": rng.uniform(0.5, 5.0, OFFERS),
            "value": rng.uniform(5.0, 40.0, OFFERS),
            "channels": [list(CHANNELS)] * OFFERS,
            "valid_from": pa.array([SINCE] * OFFERS, pa.timestamp("us", "UTC")),
            "valid_to": pa.array([NOW + timedelta(days=30)] * OFFERS, pa.timestamp("us", "UTC")),
            "categories": about,
            # Every fourth offer is for some only, so that expressions are part of what is timed.
            "eligibility": ["customer.age >= 25.0" if number % 4 == 0 else None for number in range(OFFERS)],
            "percent": rng.integers(5, 30, OFFERS).astype(float),
        }
    )


def _treatments(rng: np.random.Generator, ids: np.ndarray) -> pa.Table:
    who = np.repeat(np.arange(len(ids)), rng.poisson(TREATMENTS, len(ids)))
    rows = len(who)
    return pa.table(
        {
            "customer_id": ids[who],
            "occurred_at": _at(rng.uniform(12.0, 80.0, rows)),
            "offer_id": np.array([f"offer_{number:02d}" for number in range(OFFERS)])[rng.integers(0, OFFERS, rows)],
            "channel": np.array(CHANNELS)[rng.integers(0, len(CHANNELS), rows)],
        }
    )


def _outcomes(rng: np.random.Generator, treatments: pa.Table) -> pa.Table:
    taken = treatments.filter(pa.array(rng.random(treatments.num_rows) < 0.15))
    later = pa.array(taken["occurred_at"].to_numpy() + np.timedelta64(2, "D"), pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "customer_id": taken["customer_id"],
            "occurred_at": later,
            "kind": ["accepted"] * taken.num_rows,
            "value": np.full(taken.num_rows, 1.0),
            "offer_id": taken["offer_id"],
        }
    )


def _consents(rng: np.random.Generator, ids: np.ndarray) -> pa.Table:
    """Nine of ten allow a channel, so that nearly all sixty candidates of a decision reach the model."""
    rows = len(ids) * len(CHANNELS)
    return pa.table(
        {
            "customer_id": np.repeat(ids, len(CHANNELS)),
            "channel": np.tile(np.array(CHANNELS), len(ids)),
            "granted": rng.random(rows) < 0.9,
            "changed_at": _instants(rng, rows, days=(100, 360)),
        }
    )


def _pairs(rng: np.random.Generator, rows: int) -> pa.ListArray:
    """Two categories a row."""
    names = pa.array(CATEGORIES.tolist()).take(pa.array(rng.integers(0, len(CATEGORIES), 2 * rows)))
    return pa.ListArray.from_arrays(pa.array(np.arange(0, 2 * rows + 1, 2, dtype=np.int32)), names)


def _instants(rng: np.random.Generator, rows: int, *, days: tuple[float, float]) -> pa.Array:
    return _at(rng.uniform(*days, rows))


def _at(days_ago: np.ndarray) -> pa.Array:
    """Instants this many days before NOW, to the second."""
    seconds = np.floor(NOW.timestamp() - days_ago * 86_400.0).astype(np.int64)
    return pa.array(seconds * 1_000_000, pa.timestamp("us", "UTC"))
