"""Simulated worlds with known truth: who leaves depends on silence and plan, and on nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.training import Training
from training.problem import Problem

START = datetime(2023, 1, 1, tzinfo=UTC)
FEATURES = ("recency__silence_days", "profile__plan", "profile__shoe_size")
QUICK = Training(trials=2, max_rounds=80, ridges=(10.0,), folds=3)


def p_leave(frame: pd.DataFrame) -> NDArray[np.float64]:
    """The truth: log-odds rise by 0.12 a day of silence; the basic plan adds 1."""
    silence = frame["recency__silence_days"].to_numpy(np.float64)
    basic = (frame["profile__plan"] == "basic").to_numpy(np.float64)
    return np.asarray(1 / (1 + np.exp(-(-3.5 + 0.12 * silence + basic))))


def lapse(
    customers: int = 300, instants: int = 6, *, seed: int = 0, every_days: int = 14, horizon_days: int = 14
) -> Problem:
    """A churn problem of `customers` at `instants`."""
    rng = np.random.default_rng(seed)
    rows = customers * instants
    as_of = [START + timedelta(days=every_days * (row // customers)) for row in range(rows)]
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{row % customers}" for row in range(rows)],
            "as_of": pd.to_datetime(as_of),
            "recency__silence_days": rng.gamma(2.0, 8.0, rows).round(2),
            "profile__plan": rng.choice(["basic", "premium"], rows),
            "profile__shoe_size": rng.normal(40, 3, rows).round(1),
        }
    )
    frame["closes_at"] = frame.as_of + pd.Timedelta(days=horizon_days)
    frame["label"] = (rng.random(rows) < p_leave(frame)).astype(float)
    return Problem("churn", "simulated", frame, FEATURES, horizon_days)


def amounts(customers: int = 300, instants: int = 6, *, seed: int = 0) -> Problem:
    """A value problem: the silent bring less; one in three brings nothing."""
    churn = lapse(customers, instants, seed=seed)
    rng = np.random.default_rng(seed + 1)
    mean = expected(churn.rows)
    label = np.where(rng.random(len(mean)) < 1 / 3, 0.0, rng.gamma(2.0, 1.5 * mean / 2)).round(2)
    return Problem("value", "simulated", churn.rows.assign(label=label), FEATURES, churn.horizon_days)


def expected(frame: pd.DataFrame) -> NDArray[np.float64]:
    """The true mean amount."""
    return np.asarray(40 * np.exp(-frame["recency__silence_days"].to_numpy(np.float64) / 20))


def labelled(problem: Problem, label: NDArray[np.float64]) -> Problem:
    """The same rows with other labels."""
    rows = problem.rows.assign(label=label)
    return Problem(problem.model, problem.dataset, rows, problem.features, problem.horizon_days)
