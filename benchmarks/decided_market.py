"""A simulated market's company that has decided: every arm, budgets, caps, prices, two policies, two models."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq

from configs.dataset import Dataset
from configs.loading import dump, load
from configs.policy import Policy
from configs.training import Training
from configs.workspace import Workspace
from decisioning.arms import MEASURING
from features.tables import RECORDS
from pipelines import features, ingest, simulate, train
from pipelines.market.company import MAPPING
from pipelines.session import Session, open_session
from serving.answers import DecideAnswer
from serving.archive import Archive
from serving.bootstrap import of_workspace
from serving.deciding import Decider
from serving.entries import PricesEntry
from serving.ledger import ledger_url, open_ledger
from serving.outcomes import record_outcome
from serving.runtime import Runtime
from serving.schemas import DecideRequest, OutcomeRequest
from training import registry

CUSTOMERS, WEEKS, EVERY_DAYS = 2_000, 40, 56
MODELS = ("churn", "value", "response", "effects")
SETTINGS = Training(trials=1, folds=2, max_rounds=100)
TICK = timedelta(minutes=2)  # between two decisions
FULL_EVERY, DECLINED_EVERY = 4, 7
RULES = {
    "version": "asked-1",
    "arms": {"salt": "asked", **dict.fromkeys(MEASURING, 0.1)},
    "do_not_disturb": "likely",
    "caps": [
        {"scope": "any", "max_contacts": 4, "window_days": 7},
        {"scope": "channel", "name": "sms", "max_contacts": 1, "window_days": 7},
    ],
    "rests": [{"scope": "offer", "days": 30}],
    "levers": [{"kind": "gift", "amount": 0.25}, {"channel": "sms", "amount": -0.1}],
    "budgets": [
        {"name": "money", "of": "money", "limit": 900.0, "period_days": 7, "counts": "expected", "pacing": "even"},
        {"name": "texts", "of": "contacts", "limit": 250, "period_days": 7, "channel": "sms"},
        {"name": "gifts", "of": "money", "limit": 300.0, "period_days": 7, "kind": "gift", "counts": "full"},
        {"name": "care", "of": "units", "limit": 40, "period_days": 7, "kind": "service", "counts": "expected"},
    ],
    "exploration": {"method": "epsilon", "epsilon": 0.1, "floor": 0.001},
}
CHANGED = {
    "version": "asked-2",
    "effect_on": "retention",
    "do_not_disturb": "certain",
    "exploration": {"method": "thompson", "epsilon": 0.05, "floor": 0.001},
}


@dataclass(frozen=True)
class Part:
    """A quarter of the decisions, and what is new in it."""

    new: str
    rules: dict[str, object]
    prices: dict[str, float] | None = None
    retrained: bool = False


PARTS = (
    Part("a first policy", RULES),
    Part("shadow prices", RULES, {"money": 0.05, "texts": 0.02}),
    Part("another policy", {**RULES, **CHANGED}),
    Part(
        "other prices, another model",
        {**RULES, **CHANGED},
        {"money": 0.2, "texts": 0.1, "gifts": 0.15, "care": 0.5},
        True,
    ),
)


def built(root: Path) -> Session:
    """A workspace with its features online and a champion of each model."""
    say(f"simulating {CUSTOMERS:,} customers")
    simulate.run(root / "files", customers=CUSTOMERS, weeks=WEEKS, seed=1)
    mapping = load(root / "files" / MAPPING, Dataset)
    snapshots = mapping.snapshots.model_copy(update={"every_days": EVERY_DAYS})
    workspace = Workspace(root / "workspace")
    ingest.run(mapping.model_copy(update={"snapshots": snapshots}), workspace)
    session = open_session(workspace)
    say("computing features")
    features.run(session)
    champions(session, MODELS, SETTINGS)
    return session


def champions(session: Session, models: Sequence[str], settings: Training) -> None:
    """Train and promote; the gates are not asked."""
    for model in models:
        say(f"training {model}")
        [trained] = train.run(session, (model,), settings, skip_impossible=False)
        if trained.version is not None:
            registry.promote(session.workspace, model, trained.version.version)


def decide(session: Session, decisions: int) -> None:
    """Make and store so many decisions, FULL_EVERY-th explained in full; some of the offers made are declined."""
    each = decisions // len(PARTS)
    own = load(session.workspace.policy, Policy).model_dump(mode="json")
    for number, part in enumerate(PARTS):
        say(f"deciding {each:,} times with {part.new}")
        began = session.clock() + number * each * TICK
        policy = Policy.model_validate({**own, **part.rules}, strict=False)
        dump(policy, session.workspace.policy)
        if part.prices is not None:
            archive = Archive(open_ledger(ledger_url(session.workspace)))
            under = archive.keep("policy", policy.model_dump_json())
            archive.add_prices(PricesEntry(f"prices-{number}", began, under, json.dumps(part.prices)))
        if part.retrained:
            champions(session, ("response",), SETTINGS.model_copy(update={"seed": 1}))
        clock = Ticking(began)
        runtime = replace(of_workspace(session.workspace, os.environ), clock=clock.tell, wall=clock.tell)
        _decide(runtime, session, clock, range(number * each, (number + 1) * each))


@dataclass
class Ticking:
    """A clock that is set."""

    now: datetime

    def tell(self) -> datetime:
        """The instant it is."""
        return self.now


def _decide(runtime: Runtime, session: Session, clock: Ticking, numbers: range) -> None:
    decider, customers = Decider(runtime), everybody(session)
    explains: tuple[Literal["none", "reasons", "full"], ...] = ("full", "none", "reasons", "none")
    for number in numbers:
        clock.now += TICK
        request = DecideRequest(
            customer_id=customers[number % len(customers)],
            item_count=1 + number % 3,
            context={"page": "cart"} if number % 2 else {},
            explain=explains[number % FULL_EVERY],
        )
        made = decider.decide(request).made
        if made is not None and number % DECLINED_EVERY == 0:
            _decline(runtime, made)


def _decline(runtime: Runtime, made: DecideAnswer) -> None:
    if made.offers[0].offer_id is not None:
        record_outcome(
            runtime,
            OutcomeRequest(
                outcome_id=f"no-{made.decision_id}",
                decision_id=made.decision_id,
                offer_id=made.offers[0].offer_id,
                kind="declined",
                occurred_at=made.decided_at,
            ),
        )


def everybody(session: Session) -> list[str]:
    """The ids of all customers."""
    table = pq.read_table(session.workspace.tables / "customers" / RECORDS, columns=["customer_id"])
    found: list[str] = table["customer_id"].to_pylist()
    return found


def say(text: str) -> None:
    """Progress, to people."""
    print(f"  {text}", file=sys.stderr, flush=True)
