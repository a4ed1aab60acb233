"""Money over a budget under 8 workers at once: each a process with the service's decider on one ledger."""

from __future__ import annotations

import argparse
import multiprocessing as mp
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from benchmarks.results import FILE, record
from configs import reasons
from configs.loading import load
from configs.policy import DEFAULT, BudgetSettings, Policy
from configs.reasons import Phrasebook
from decisioning.offers import Offer
from features.ledger import BUDGET_USE, CONTACTS, DECISIONS
from features.vectors import FeatureVector, Value
from serving.catalogue import Catalogue
from serving.deciding import Decider
from serving.ledger import Ledger, open_ledger
from serving.models import Champions, Models
from serving.runtime import Runtime
from serving.schemas import DecideRequest

COMMAND = "make benchmark-decisions"
NOW = datetime(2024, 1, 3, 12, tzinfo=UTC)
MONEY, WORKERS, DECISIONS_MADE = 5000.0, 8, 10_000
OFFERS = tuple(
    Offer(f"o{at}", f"Offer {at}", "k", cost=1.0 + 0.37 * at, value=20.0, channels=("email", "sms")) for at in range(5)
)


@dataclass(frozen=True)
class Features:
    """A store that knows everybody, and nothing of anybody."""

    def read(
        self, customer_ids: Sequence[str], as_of: datetime, offer_kinds: Sequence[str] = ()
    ) -> list[FeatureVector]:
        """One vector per id."""
        return [
            FeatureVector(one, as_of, {"profile__age": 40.0}, by_kind={kind: {} for kind in offer_kinds})
            for one in customer_ids
        ]


@dataclass(frozen=True)
class Accepts:
    """Everybody accepts half of the time."""

    name: str = "tenure-response"
    version: str = "1"

    def predict(self, rows: Sequence[Mapping[str, Value]]) -> NDArray[np.float64]:
        """One half per row."""
        return np.full(len(rows), 0.5)

    def contributions(self, row: Mapping[str, Value]) -> list[tuple[str, float]]:  # noqa: ARG002 the protocol's shape
        """None."""
        return []


def policy() -> Policy:
    """The default policy without caps, under a budget of money and one of contacts by sms, both held back in full."""
    budgets = (
        BudgetSettings(name="money", of="money", limit=MONEY, period_days=7),
        BudgetSettings(name="sms", of="contacts", limit=700, period_days=7, channel="sms"),
    )
    return load(DEFAULT, Policy).model_copy(update={"caps": (), "budgets": budgets})


def work(ledger: Path, worker: int, decisions: int, begin: float) -> None:
    """Decide for `decisions` customers, no two alike, from the instant at which all workers begin."""
    ids = count()
    runtime = Runtime(
        features=Features(),
        models=Models(Champions(response=Accepts())),
        catalogue=Catalogue(OFFERS),
        policy=policy(),
        ledger=Ledger(open_ledger(f"sqlite:///{ledger}")),
        phrases=load(reasons.DEFAULT, Phrasebook),
        clock=lambda: NOW,
        wall=lambda: NOW,
        new_id=lambda: f"w{worker}-{next(ids)}",
        check_row=lambda *_: [],
        refresh=lambda _: None,
    )
    decider = Decider(runtime)
    time.sleep(max(0.0, begin - time.time()))
    for number in range(decisions):
        decider.decide(DecideRequest(customer_id=f"w{worker}-c{number}"))


def spent(ledger: Path) -> tuple[int, int, float, float, float]:
    """(decisions, contacts, money by the contacts on record, money by the counter, contacts by sms)."""
    costs = policy().contact_costs
    accepted = {offer.offer_id: offer.cost for offer in OFFERS}
    with open_ledger(f"sqlite:///{ledger}").connect() as connection:
        decisions = connection.execute(select(func.count()).select_from(DECISIONS)).scalar_one()
        made = connection.execute(select(CONTACTS.c.offer_id, CONTACTS.c.channel)).all()
        counted = connection.execute(select(BUDGET_USE.c.used).where(BUDGET_USE.c.budget == "money")).scalar_one()
    money = sum(accepted[row.offer_id] + costs.get(row.channel, 0.0) for row in made)
    return decisions, len(made), money, counted / 1e6, sum(row.channel == "sms" for row in made)


def main() -> None:
    """Decide at once and keep what is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FILE)
    parser.add_argument("--decisions", type=int, default=DECISIONS_MADE)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.db"
        open_ledger(f"sqlite:///{ledger}")
        each, begin = asked.decisions // WORKERS, time.time() + 8.0
        context = mp.get_context("spawn")
        workers = [context.Process(target=work, args=(ledger, at, each, begin)) for at in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        seconds = time.time() - begin
        decisions, contacts, money, counted, sms = spent(ledger)
    failed = sum(worker.exitcode != 0 for worker in workers)
    if failed or decisions != each * WORKERS:
        raise SystemExit(f"{failed} workers failed; {decisions:,} decisions of {each * WORKERS:,} are on record")
    over = round(max(0.0, money - MONEY), 6)
    note = (
        f"{decisions:,} decisions by {WORKERS} processes on one ledger in {seconds:.0f} s, {contacts:,} contacts; "
        f"money by the contacts on record {money:,.2f}, by the counter {counted:,.2f}, of {MONEY:,.0f}; "
        f"by sms {sms} of 700"
    )
    record("decisions.overspend", over, reach="== 0", note=note, command=COMMAND, path=asked.results)
    print(f"decisions.overspend {over:g}: {note}")


if __name__ == "__main__":
    main()
