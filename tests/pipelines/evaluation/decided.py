"""A small company whose service has decided for three months: its ledger is written by the service's own code."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import event

from configs.policy import Policy
from configs.workspace import Workspace
from decisioning.arbitration import Effect
from features.ingest import RECORDS
from pipelines.evaluation.scored import Learned
from pipelines.session import Session
from serving.catalogue import Catalogue, read_catalogue
from serving.deciding import Decider
from serving.ledger import Ledger, OutcomeEntry, ledger_url, open_ledger
from serving.models import Champions
from serving.runtime import Runtime
from serving.schemas import DecideRequest
from tests.serving.fakes import FakeEffects, FakeFeatures, FakeModel, World, arms, rules

LEARNED = datetime(2023, 9, 1, tzinfo=UTC)
DAYS = (datetime(2023, 9, 4, tzinfo=UTC), datetime(2023, 9, 8, tzinfo=UTC), datetime(2023, 10, 20, tzinfo=UTC))
CUSTOMERS = 150
POLICY = rules(
    version="logged",
    exploration={"epsilon": 0.6, "floor": 0.0},
    arms=arms(holdout=0.1),
    caps=[{"scope": "any", "max_contacts": 1, "window_days": 7}],
)
EFFECTS = FakeEffects({"o1": Effect(0.05, 0.0, 0.1, "randomised", 3.0, 1.0, 5.0)})
CHURN = FakeModel("tenure-churn", 0.3)
VALUE = FakeModel("tenure-value", 0.0, reads="profile__age")
RESPONSE = FakeModel("tenure-response", 0.4)
CHAMPIONS = Champions(CHURN, VALUE, RESPONSE, EFFECTS)


KNOWN = Learned(CHAMPIONS, LEARNED)


@dataclass(frozen=True)
class Served:
    """A session with a ledger, and what was decided in it."""

    session: Session
    catalogue: Catalogue
    ledger: Ledger
    runtime: Callable[[datetime, Policy], Runtime]

    def decide(self, customer_id: str, at: datetime, policy: Policy = POLICY, **asked: object) -> str:
        """Decide at an instant; the decision's id."""
        request = DecideRequest.model_validate({"customer_id": customer_id, **asked})
        made = Decider(self.runtime(at, policy)).decide(request).made
        if made is None:
            raise AssertionError("a decision without a key is new")
        return made.decision_id

    def accept(self, decision_id: str, at: datetime) -> None:
        """The customer accepts what was decided."""
        entry = OutcomeEntry(f"of-{decision_id}", "h", decision_id, "c", None, "accepted", None, at, at)
        self.ledger.record_outcome(entry)


def company(ingested: Session, root: Path) -> Served:
    """A company of its own under `root`, in which nothing has been decided yet."""
    shutil.copytree(ingested.workspace.root, root)
    session = replace(ingested, workspace=Workspace(root))
    catalogue = read_catalogue(session.workspace.tables / "offers" / RECORDS)
    engine = open_ledger(ledger_url(session.workspace))
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))  # no crash here
    world = World(Ledger(engine), offers=catalogue.offers)
    world.features = FakeFeatures({f"c{at:03}": _features(at) for at in range(CUSTOMERS)})
    world.churn, world.value, world.response = CHURN, VALUE, RESPONSE
    world.effects = EFFECTS
    parts = world.runtime()

    def runtime(at: datetime, policy: Policy) -> Runtime:
        return replace(parts, clock=lambda: at, policy=policy)

    return Served(session, catalogue, Ledger(engine), runtime)


def three_rounds(made: Served) -> Served:
    """Decisions for everybody on DAYS; two in five are accepted."""
    rng = np.random.default_rng(0)
    for at in DAYS:
        for number in range(CUSTOMERS):
            decision_id = made.decide(f"c{number:03}", at + timedelta(seconds=number))
            if rng.random() < 0.4:
                made.accept(decision_id, at + timedelta(days=2))
    return made


def _features(at: int) -> dict[str, float | str | None]:
    refuses = 0.0 if at % 7 == 0 else 1.0
    return {"profile__plan": "gold" if at % 2 else "base", "profile__age": float(20 + at), "consent__sms": refuses}
