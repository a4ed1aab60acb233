"""A small company's records: 400 customers, a year of purchases, four mailings, consents; and their mapping."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

CUSTOMERS = 400
BEGIN, END = datetime(2023, 1, 1), datetime(2024, 1, 1)  # noqa: DTZ001 the files carry no zone; the mapping names it
DAYS = (END - BEGIN).days
OFFERS = (("o1", "gift", 2, 12, "email|sms"), ("o2", "discount", 4, 15, "email"), ("o3", "gift", 1, 6, "sms"))

MAPPING = """
name: small_company
currency: EUR
timezone: UTC
sources:
  customers: {{path: "{folder}/customers.csv"}}
  purchases: {{path: "{folder}/purchases.csv"}}
  offers: {{path: "{folder}/offers.csv"}}
  mailings: {{path: "{folder}/mailings.csv"}}
  answers: {{path: "{folder}/answers.csv"}}
  consents: {{path: "{folder}/consents.csv"}}
tables:
  customers: SELECT customer_id, signed_up_at, plan FROM customers
  transactions: SELECT customer_id, occurred_at, amount, 'web' AS channel FROM purchases
  offers: >-
    SELECT offer_id, offer_id AS name, kind, cost, value, string_split(channels, '|') AS channels FROM offers
  treatments: SELECT customer_id, occurred_at, offer_id, channel FROM mailings
  outcomes: SELECT customer_id, occurred_at, offer_id, 'accepted' AS kind FROM answers
  consents: SELECT customer_id, channel, granted, changed_at FROM consents
attributes:
  customers: {{plan: {{kind: category}}}}
clock: {{kind: data, at: 2024-01-01T00:00:00Z}}
snapshots: {{every_days: 28, first: 2023-03-01T00:00:00Z}}
churn: {{kind: lapse, activity: transactions, horizon_days: 28, active_within_days: 42}}
value: {{kind: transactions, margin_rate: 0.3}}
acceptance: {{within_days: 14}}
"""


def write(folder: Path, *, seed: int = 5) -> Path:
    """The files and the mapping in `folder`; the mapping's path. Premium customers buy more often and like gifts."""
    rng = np.random.default_rng(seed)
    ids = [f"c{number:03}" for number in range(CUSTOMERS)]
    premium = rng.random(CUSTOMERS) < 0.4
    _csv(folder / "customers.csv", ("customer_id", "signed_up_at", "plan"),
         [(name, BEGIN, "premium" if rich else "basic") for name, rich in zip(ids, premium, strict=True)])  # fmt: skip
    _csv(folder / "purchases.csv", ("customer_id", "occurred_at", "amount"), _purchases(rng, ids, premium))
    _csv(folder / "offers.csv", ("offer_id", "kind", "cost", "value", "channels"), OFFERS)
    mailings = [row for number in range(4) for row in _mailing(rng, ids, BEGIN + timedelta(days=120 + 45 * number))]
    _csv(folder / "mailings.csv", ("customer_id", "occurred_at", "offer_id", "channel"), mailings)
    likes = dict(zip(ids, np.where(premium, 0.5, 0.15), strict=True))
    taken = [(row[0], row[1] + timedelta(days=3), row[2]) for row in mailings if rng.random() < likes[str(row[0])]]
    _csv(folder / "answers.csv", ("customer_id", "occurred_at", "offer_id"), taken)
    _csv(folder / "consents.csv", ("customer_id", "channel", "granted", "changed_at"),
         [(name, channel, rng.random() < 0.95, BEGIN) for name in ids for channel in ("email", "sms")])  # fmt: skip
    mapping = folder / "small_company.yaml"
    mapping.write_text(MAPPING.format(folder=folder))
    return mapping


def _purchases(rng: np.random.Generator, ids: Sequence[str], premium: np.ndarray) -> list[tuple[object, ...]]:
    """Each buys in a rhythm of their own until they leave, if they do."""
    rows: list[tuple[object, ...]] = []
    for name, rich in zip(ids, premium, strict=True):
        gap_days = rng.uniform(4, 9) if rich else rng.uniform(7, 16)
        leaves_day = rng.exponential(900 if rich else 300)
        day = rng.uniform(0, 20)
        while day < min(leaves_day, DAYS):
            rows.append((name, BEGIN + timedelta(seconds=int(day * 86_400)), round(float(rng.gamma(3, 8)), 2)))
            day += rng.exponential(gap_days)
    return rows


def _mailing(rng: np.random.Generator, ids: Sequence[str], at: datetime) -> list[tuple[str, datetime, str, str]]:
    asked = [name for name in ids if rng.random() < 0.5]
    picked = rng.integers(0, len(OFFERS), len(asked))
    return [
        (name, at, OFFERS[one][0], OFFERS[one][4].partition("|")[0]) for name, one in zip(asked, picked, strict=True)
    ]


def _csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    pd.DataFrame(list(rows), columns=list(columns)).to_csv(path, index=False)
