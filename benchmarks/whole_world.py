"""The made-up company with every canonical table, for reports that read them all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import world
from configs.dataset import Dataset, Source

FURTHER = ("interactions", "feedback", "loyalty", "subscriptions")
INTERACTIONS, FEEDBACK, MOVEMENTS = 6, 0.5, 4  # a customer, on average


def generate(folder: Path, customers: int) -> Dataset:
    """Write the company's records as Parquet into `folder` and return their mapping."""
    whole = world.generate(folder, customers)
    rng = np.random.default_rng(1)
    ids = np.array([f"c{number:07d}" for number in range(customers)])
    records = {
        "interactions": _interactions(rng, ids),
        "feedback": _feedback(rng, ids),
        "loyalty": _loyalty(rng, ids),
        "subscriptions": _subscriptions(rng, ids),
    }
    for name, table in records.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return whole.model_copy(
        update={
            "name": "whole_company",
            "sources": whole.sources
            | {f"given_{name}": Source(path=str(folder / f"{name}.parquet")) for name in FURTHER},
            "tables": whole.tables | {name: f"SELECT * FROM given_{name}" for name in FURTHER},
        }
    )


def _interactions(rng: np.random.Generator, ids: np.ndarray) -> pa.Table:
    who = np.repeat(np.arange(len(ids)), rng.poisson(INTERACTIONS, len(ids)))
    return pa.table(
        {
            "customer_id": ids[who],
            "occurred_at": world._at(rng.random(len(who)) * 360.0),
            "channel": np.array(["email", "web", "app", "phone"])[rng.integers(0, 4, len(who))],
            "kind": np.array(["visit", "open", "click", "login", "view", "call"])[rng.integers(0, 6, len(who))],
        }
    )


def _feedback(rng: np.random.Generator, ids: np.ndarray) -> pa.Table:
    who = np.repeat(np.arange(len(ids)), rng.poisson(FEEDBACK, len(ids)))
    kind = np.array(["nps", "csat", "ces", "complaint"])[rng.integers(0, 4, len(who))]
    score = np.where(kind == "nps", rng.integers(0, 11, len(who)), rng.integers(1, 6, len(who))).astype(float)
    return pa.table(
        {
            "customer_id": ids[who],
            "occurred_at": world._at(rng.random(len(who)) * 360.0),
            "kind": kind,
            "score": pa.array(np.where(kind == "complaint", np.nan, score), from_pandas=True),
            "sentiment": rng.uniform(-1.0, 1.0, len(who)),
        }
    )


def _loyalty(rng: np.random.Generator, ids: np.ndarray) -> pa.Table:
    who = np.repeat(np.arange(len(ids)), rng.poisson(MOVEMENTS, len(ids)))
    return pa.table(
        {
            "customer_id": ids[who],
            "occurred_at": world._at(rng.random(len(who)) * 360.0),
            "points_delta": rng.integers(-50, 100, len(who)).astype(float),
            "tier": np.array(["basic", "silver", "gold"])[rng.integers(0, 3, len(who))],
        }
    )


def _subscriptions(rng: np.random.Generator, ids: np.ndarray) -> pa.Table:
    """Every third customer has one."""
    mine = ids[::3]
    return pa.table(
        {
            "customer_id": mine,
            "started_at": world._at(rng.uniform(10.0, 360.0, len(mine))),
            "plan": np.array(["month", "year"])[rng.integers(0, 2, len(mine))],
            "price": rng.uniform(5.0, 30.0, len(mine)),
        }
    )
