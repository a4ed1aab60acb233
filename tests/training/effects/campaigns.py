"""Campaigns with known truth: who got what depends on `need` as asked, and so does what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.dataset import Dataset
from features.contract import CONTROL
from features.tables import Opened
from training.effects.stack import frequency, strata
from training.tasks import Past

START = pd.Timestamp("2024-01-01", tz="UTC")
WINDOW = pd.Timedelta(days=10)
NOW = START + pd.Timedelta(days=100)
EFFECT = {"mail": 0.1, "call": 0.2}  # on the probability to stay
FEATURES = ("profile__need", "profile__noise", "profile__region")


@dataclass(frozen=True)
class FakeStore:
    """Features of customers, whenever asked: `need` drives everything, `noise` and `region` nothing."""

    customers: pd.DataFrame

    def names(self, model: str) -> tuple[str, ...]:
        return FEATURES

    def join(self, spine: pd.DataFrame, model: str) -> pd.DataFrame:
        found = self.customers.set_index("customer_id").loc[spine.customer_id]
        return pd.concat([spine, found.set_index(spine.index)], axis=1)


def customers(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 1])
    return pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(count)],
            "profile__need": rng.normal(size=count).round(3),
            "profile__noise": rng.normal(size=count).round(3),
            "profile__region": rng.choice(["north", "south"], count),
        }
    )


def chances(need: NDArray[np.float64], offers: tuple[str, ...], targeting: float) -> NDArray[np.float64]:
    """(customers, control and offers): the odds of any offer rise with need; 0 targets nobody."""
    odds = np.column_stack([np.ones(len(need)), *[np.exp(targeting * need)] * len(offers)])
    return odds / odds.sum(axis=1, keepdims=True)


def log(
    count: int = 1200,
    *,
    seed: int = 0,
    offers: tuple[str, ...] = ("mail", "call"),
    targeting: float = 0.0,
    logged: bool = True,
    waves: int = 1,
) -> pd.DataFrame:
    """Treatments as `features.trials` gives them: every customer in every wave, ten days apart."""
    rng = np.random.default_rng(seed)
    who = customers(count, seed)
    need = who.profile__need.to_numpy()
    arms = np.array([CONTROL, *offers], object)
    parts = []
    for wave in range(waves):
        p = chances(need, offers, targeting)
        drawn = (rng.random(count)[:, None] > p.cumsum(axis=1)[:, :-1]).sum(axis=1)
        offer_id = arms[drawn]
        effect = np.array([EFFECT.get(name, 0.0) for name in offer_id])
        stays = rng.random(count) < stay(need) + effect
        as_of = START + wave * WINDOW
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": who.customer_id,
                    "as_of": as_of,
                    "closes_at": as_of + WINDOW,
                    "offer_id": offer_id,
                    "offer_kind": np.where(drawn > 0, "contact", None),
                    "channel": np.where(drawn > 0, "email", None),
                    "propensity": p[np.arange(count), drawn] if logged else np.nan,
                    "retention": stays.astype(float),
                    "margin": 10.0 * stays,
                    "accepted": np.where(drawn > 0, 0.0, np.nan),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def stay(need: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance to stay untreated: who needs most leaves most."""
    return np.asarray(0.45 - 0.25 * np.tanh(need))


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with what `problem.graded` puts beside them."""
    known = strata(rows)
    return known.assign(made_share=frequency(known))


def past(rows: pd.DataFrame, seed: int = 0, people: int | None = None) -> Past:
    """Records out of which `features.trials` makes `rows` again: whoever stays buys for 10 in the window.

    `people` is the number of customers where not all are in `rows`.
    """
    who = customers(people or rows.customer_id.nunique(), seed)
    stayed = rows[rows.retention == 1]
    offers = rows[rows.offer_id != CONTROL].drop_duplicates("offer_id")
    tables = {
        "customers": who[["customer_id"]].assign(signed_up_at=0.0),
        "treatments": rows[["customer_id", "offer_id", "channel", "propensity"]].assign(
            occurred_at=seconds(rows.as_of), decision_id=pd.Series([None] * len(rows), dtype="string")
        ),
        "transactions": pd.DataFrame(
            {
                "customer_id": stayed.customer_id,
                "occurred_at": seconds(stayed.as_of) + 60,
                "amount": 10.0,
                "margin": 10.0,
            }
        ),
        "offers": pd.DataFrame(
            {"offer_id": offers.offer_id, "kind": offers.offer_kind, "valid_to": seconds(offers.as_of) + 1e6}
        ),
    }
    opened = Opened(ibis.duckdb.connect(), {name: ibis.memtable(frame) for name, frame in tables.items()})
    return Past(dataset(), opened, FakeStore(who), (), NOW.to_pydatetime())  # type: ignore[arg-type]


def dataset(**changes: object) -> Dataset:
    content: dict[str, object] = {
        "name": "campaigns",
        "sources": {},
        "tables": dict.fromkeys(("customers", "transactions", "offers", "treatments"), "SELECT 1"),
        "churn": {"kind": "lapse", "horizon_days": 10},
        "value": {"kind": "transactions"},
    }
    return Dataset.model_validate({**content, **changes}, strict=False)


def seconds(instants: pd.Series[pd.Timestamp]) -> pd.Series[float]:
    return (instants - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
