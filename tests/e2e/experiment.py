"""A shop's experiment as files: 1,500 customers, two mailings and a control group in two waves; and its mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

CUSTOMERS = 1500
WAVES = (pd.Timestamp("2024-02-01", tz="UTC"), pd.Timestamp("2024-03-01", tz="UTC"))
ARMS = ("control", "gift", "voucher")

MAPPING = """
name: experiment
sources:
  customers: {{path: "{folder}/customers.csv"}}
  purchases: {{path: "{folder}/purchases.csv"}}
  offers: {{path: "{folder}/offers.csv"}}
  mailings: {{path: "{folder}/mailings.csv"}}
  answers: {{path: "{folder}/answers.csv"}}
tables:
  customers: SELECT * FROM customers
  transactions: SELECT customer_id, occurred_at, amount FROM purchases
  offers: SELECT offer_id, kind, ['email'] AS channels, cost, value FROM offers
  treatments: SELECT customer_id, occurred_at, offer_id, 'email' AS channel, propensity FROM mailings
  outcomes: SELECT customer_id, occurred_at, offer_id, 'accepted' AS kind, value FROM answers
attributes:
  customers: {{number: {{kind: number}}}}
clock: {{kind: data, at: 2024-06-01T00:00:00Z}}
snapshots: {{every_days: 28}}
churn: {{kind: lapse, activity: transactions, horizon_days: 28}}
value: {{kind: transactions, margin_rate: 0.3}}
acceptance: {{within_days: 14}}
"""


@dataclass
class Experiment:
    """The files, to be spoilt before they are written."""

    mailings: pd.DataFrame = field(default_factory=lambda: mailings())
    answers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame())

    def __post_init__(self) -> None:
        if self.answers.empty:
            self.answers = answers(self.mailings)

    def write(self, folder: Path) -> Path:
        """The mapping's path."""
        rng = np.random.default_rng(3)
        ids = [f"c{number}" for number in range(CUSTOMERS)]
        signed = {"customer_id": ids, "signed_up_at": "2023-01-01T00:00:00Z", "number": range(CUSTOMERS)}
        bought = [(name, wave + pd.Timedelta(days=day)) for name in ids for wave in WAVES for day in (-20, 9)]
        kept = [row for row in bought if rng.random() < 0.6]
        purchases = pd.DataFrame(kept, columns=["customer_id", "occurred_at"]).assign(amount=20)
        offers = [("gift", "gift", 2, 5), ("voucher", "discount", 3, 8)]
        frames = {
            "customers": pd.DataFrame(signed),
            "purchases": purchases,
            "offers": pd.DataFrame(offers, columns=["offer_id", "kind", "cost", "value"]),
            "mailings": self.mailings,
            "answers": self.answers,
        }
        for name, frame in frames.items():
            frame.to_csv(folder / f"{name}.csv", index=False)
        mapping = folder / "experiment.yaml"
        mapping.write_text(MAPPING.format(folder=folder))
        return mapping


def mailings(seed: int = 1) -> pd.DataFrame:
    """Every customer in every wave: control, gift or voucher, a third each; the propensity is logged."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"c{number}", wave, ARMS[rng.integers(3)], round(1 / 3, 4)) for wave in WAVES for number in range(CUSTOMERS)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "offer_id", "propensity"])


def answers(made: pd.DataFrame) -> pd.DataFrame:
    """Every third mailing is answered two days later."""
    taken = made[made.offer_id != "control"].iloc[::3]
    return pd.DataFrame(
        {
            "customer_id": taken.customer_id,
            "occurred_at": taken.occurred_at + pd.Timedelta(days=2),
            "offer_id": taken.offer_id,
            "value": 1.0,
        }
    )
