"""Served vectors joined again: from a real embedded store, while events arrive by the service's own path."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import count
from pathlib import Path

import pytest

from configs.dataset import Clock
from configs.errors import StoreUnavailable, WorkspaceError
from configs.profile import Profile
from configs.workspace import Workspace
from features.compute import compute
from features.contract import TABLES
from features.events import Row, problems
from features.refresh import Refresher
from features.store import Store
from monitoring import inputs
from monitoring.skew.skew import Comparison, compare
from pipelines.rejoin import Rejoiner
from pipelines.session import Session
from serving.deciding import Decider
from serving.events import record_event
from serving.runtime import Runtime
from serving.schemas import DecideRequest, EventRequest
from tests.features.companies import NOW, Cell, Company, at, company, customer, offer, sale
from tests.serving.fakes import offer as sold
from tests.serving.fakes import world

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WHO = ("a", "b", "c", "d")
HISTORY: dict[str, list[dict[str, Cell]]] = {
    "customers": [customer(who, 400 - 9 * number, age=20 + number) for number, who in enumerate(WHO)],
    "transactions": [
        sale(who, days, 3.1 * days, discount=days % 2, categories=["bread", "milk"][: days % 3])
        for who, every in zip(WHO, (3, 5, 11), strict=False)
        for days in range(1, 90, every)
    ],
    "interactions": [{"customer_id": "a", "occurred_at": at(27.5), "channel": "web", "kind": "visit"}],
    "feedback": [{"customer_id": "b", "occurred_at": at(9), "kind": "nps", "score": 9}],
    "loyalty": [{"customer_id": "b", "occurred_at": at(9), "points_delta": 5, "tier": "tin"}],
    "offers": [offer("o1", ends=None, categories=["bread"]), offer("o2", "gift", ends=None)],
    "treatments": [{"customer_id": "a", "occurred_at": at(9), "offer_id": "o1"}],
    "outcomes": [{"customer_id": "a", "occurred_at": at(8), "offer_id": "o1", "kind": "accepted"}],
    "consents": [{"customer_id": "a", "channel": "email", "granted": False, "changed_at": at(90)}],
}


@dataclass
class Served:
    """A company whose service decides while events come in, on a clock that a test sets."""

    session: Session
    store: Store
    now: datetime = NOW
    ids: count[int] = field(default_factory=lambda: count(1))

    @cached_property
    def runtime(self) -> Runtime:
        parts = world(self.session.workspace.ledger)
        parts.offers = (sold("o1", "voucher"), sold("o2", "gift"))
        refresh = self.refresher(parts.ledger.events_of)
        return replace(
            parts.runtime(),
            features=self.store.online(),
            refresh=refresh,
            check_row=partial(problems, self.session.dataset),
            clock=lambda: self.now,
            wall=lambda: self.now,
            new_id=lambda: f"d{next(self.ids)}",
        )

    def refresher(self, events_of: Callable[[str], Mapping[str, Sequence[Row]]]) -> Refresher:
        return Refresher(self.session.workspace, self.session.dataset, self.store, events_of, lambda: self.now)

    def decide(self, *customers: str, after: timedelta = MINUTE) -> None:
        """One decision each, with so much time before it."""
        decider = Decider(self.runtime)
        for who in customers:
            self.now += after
            decider.decide(DecideRequest(customer_id=who))

    def event(self, table: str, runtime: Runtime | None = None, **row: Cell) -> None:
        """A row by the service's path, a minute later; it happened the minute before unless it says when."""
        if self.session.dataset.clock.kind == "wall":
            self.now += MINUTE
        happened = TABLES[table].instant or "occurred_at"
        given = {happened: (self.now - MINUTE).isoformat(), **row}
        asked = EventRequest.model_validate({"event_id": f"e{next(self.ids)}", "table": table, "row": given})
        record_event(runtime or self.runtime, asked)

    def found(self, session: Session | None = None) -> Comparison:
        """The skew of every decision."""
        runtime = self.runtime
        decisions = inputs.read_decisions(runtime.ledger.engine, after=NOW - DAY, until=self.now + 90 * DAY)
        vectors = inputs.read_vectors(runtime.ledger.engine, decisions)
        return compare(vectors, Rejoiner(session or self.session)(vectors))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Ingested, its one snapshot online."""
    made = company(tmp_path_factory.mktemp("served"), HISTORY)
    made.ingest()
    compute(made.workspace, made.dataset, (NOW,))
    store = Store(made.workspace, made.dataset, Profile())
    store.register()
    store.materialise(NOW)
    return made


@pytest.fixture
def opened(made: Company, tmp_path: Path) -> Callable[[Clock], Served]:
    """A copy of its own, on a clock of the kind given."""

    def opened(clock: Clock) -> Served:
        shutil.copytree(made.workspace.root, tmp_path / "workspace")
        dataset = made.dataset.model_copy(update={"clock": clock})
        session = Session(Workspace(tmp_path / "workspace"), dataset, Profile(), lambda: NOW)
        return Served(session, Store(session.workspace, dataset, Profile()))

    return opened


@pytest.fixture
def served(opened: Callable[[Clock], Served]) -> Served:
    return opened(Clock(kind="wall"))


def unequal(found: Comparison) -> set[str]:
    return {one.name for one in found.features if one.unequal}


def test_what_is_served_is_what_training_sees_while_events_arrive(served: Served) -> None:
    served.decide(*WHO, "nobody")
    served.event("transactions", customer_id="a", amount=12.5, categories=["bread"])
    served.event("interactions", customer_id="d", channel="web", kind="visit")
    served.decide(*WHO)
    served.event("transactions", customer_id="d", amount=7)  # the first of this customer
    served.event("feedback", customer_id="b", kind="complaint")
    served.event("loyalty", customer_id="b", points_delta=-3, tier="gold")
    served.event("treatments", customer_id="c", offer_id="o2")
    served.event("outcomes", customer_id="c", offer_id="o2", kind="accepted", value=2.0)
    served.event("consents", customer_id="a", channel="email", granted=True)
    served.event("customers", customer_id="c", signed_up_at=at(300), age=99, city="Linz")
    served.decide(*WHO, after=7 * MINUTE)
    served.decide(*WHO, after=3 * DAY)
    found = served.found()
    assert (found.vectors, found.unequal, found.untold, found.unsettled) == (17, 0, 0, 0)
    assert found.late == 2  # two decisions saw another age of `c`, which training has had ever since the sign-up
    assert (found.gone, found.unserved) == ((), ())
    views = {one.name.partition("__")[0] for one in found.features}
    assert views == {"profile", "purchases", "engagement", "experience", "loyalty", "consent", "contact", "affinity",
                     "taste", "segments", "recency"}  # fmt: skip


def test_an_event_that_is_another_online_is_found(served: Served) -> None:
    served.decide(*WHO)
    served.event("transactions", customer_id="a", amount=10)
    wrong = {"transactions": [{"customer_id": "a", "occurred_at": (served.now - MINUTE).isoformat(), "amount": 1000}]}
    served.refresher(lambda _: wrong)("a")
    served.decide(*WHO)
    found = served.found()
    assert (found.vectors, found.unequal) == (8, 1)
    assert unequal(found) == {"purchases__spend_56d", "purchases__amount_mean", "purchases__weighted_spend",
                              "recency__spend_rate", "recency__quiet_odds_spend"}  # fmt: skip
    [spend] = [one for one in found.features if one.name == "purchases__spend_56d"]
    assert (spend.typical, spend.lost, spend.equal.value) == (pytest.approx(990), 0, 7 / 8)


def test_an_event_that_did_not_reach_the_store_is_found(served: Served) -> None:
    def away(_: str) -> None:
        raise StoreUnavailable("the online store does not answer")

    served.event("feedback", replace(served.runtime, refresh=away), customer_id="c", kind="complaint")
    served.decide(*WHO)
    found = served.found()
    assert found.unequal == 1
    complaints = next(one for one in found.features if one.name == "experience__complaints")
    assert (complaints.unequal, complaints.lost, complaints.made_up) == (1, 1, 0)


def test_a_snapshot_that_did_not_get_online_is_found_an_hour_after_it_was_written(served: Served) -> None:
    later = NOW + DAY
    compute(served.session.workspace, served.session.dataset, (later,))
    for path in served.session.workspace.features.glob("*/20200602T*.parquet"):
        os.utime(path, (later.timestamp(), later.timestamp()))
    served.now = later
    served.decide("a", after=30 * MINUTE)
    assert served.found().unequal == 0
    served.decide("a", after=31 * MINUTE)
    found = served.found()
    assert (found.vectors, found.unequal) == (2, 1)
    assert "purchases__computed_at" in unequal(found)


def test_close_to_an_event_a_vector_may_be_of_before_it_or_after_it(served: Served) -> None:
    served.event("transactions", customer_id="a", amount=10)
    served.decide("a", after=timedelta(seconds=5))
    served.decide("b")
    served.now -= MINUTE
    served.event("transactions", customer_id="b", amount=10)
    found = served.found()
    assert (found.vectors, found.unequal, found.unsettled) == (2, 0, 2)


def test_what_came_late_is_counted_and_not_expected(served: Served) -> None:
    served.decide("a", "b")
    decided = served.now
    served.now += DAY
    served.event("transactions", customer_id="a", amount=10, occurred_at=(decided - 2 * MINUTE).isoformat())
    found = served.found()
    assert (found.unequal, found.late) == (0, 1)


def test_too_old_is_null_on_both_sides(served: Served) -> None:
    served.decide("a", after=15 * DAY)
    served.decide("d", after=15 * DAY)
    found = served.found()
    assert (found.vectors, found.unequal) == (2, 0)


def test_where_the_clock_stands_still_events_may_have_come_before_or_after(opened: Callable[[Clock], Served]) -> None:
    served = opened(Clock(kind="data", at=NOW))
    for _ in range(3):
        served.decide(*WHO, after=timedelta(0))
        served.event("transactions", customer_id="b", amount=10)
    wrong = {"transactions": [sale("b", 1, 1000.0)]}
    assert (served.found().vectors, served.found().unequal, served.found().unsettled) == (12, 0, 3)
    served.refresher(lambda _: wrong)("b")
    served.decide("b", after=timedelta(0))
    assert served.found().unequal == 1


def test_more_ways_than_can_be_tried_are_not_told(opened: Callable[[Clock], Served]) -> None:
    served = opened(Clock(kind="data", at=NOW))
    served.decide("a", "b", after=timedelta(0))
    for number in range(20):
        served.event("transactions", replace(served.runtime, refresh=lambda _: None), customer_id="b", amount=number)
    found = served.found()
    assert (found.vectors, found.untold) == (1, 1)


def test_features_whose_table_has_gone_are_named_and_the_rest_compared(served: Served) -> None:
    served.decide(*WHO)
    dataset = served.session.dataset
    without = {name: select for name, select in dataset.tables.items() if name not in ("loyalty", "consents")}
    found = served.found(replace(served.session, dataset=dataset.model_copy(update={"tables": without})))
    unequal = {one.name for one in found.features if one.unequal}
    assert (found.vectors, unequal) == (4, {"segments__reach"})  # which is told from consents
    assert {name.partition("__")[0] for name in found.gone} == {"loyalty", "consent", "recency"}
    assert {name for name in found.gone if name.startswith("recency")} == {"recency__loyalty_days"}


def test_without_snapshots_on_file_rows_that_tell_their_instant_are_compared(served: Served) -> None:
    shutil.rmtree(served.session.workspace.features)
    served.decide("d", "a")
    assert served.found().untold == 0  # what `a` tells, `d` was served from too
    served.event("transactions", customer_id="a", amount=10)
    found = served.found()
    assert (found.vectors, found.unequal, found.untold) == (1, 0, 1)


def test_without_records_there_is_nothing_to_join(served: Served) -> None:
    served.decide("a")
    shutil.rmtree(served.session.workspace.tables)
    with pytest.raises(WorkspaceError, match="nothing ingested yet"):
        served.found()


def test_nothing_served_is_nothing_joined(served: Served) -> None:
    assert Rejoiner(served.session)([]) == []
