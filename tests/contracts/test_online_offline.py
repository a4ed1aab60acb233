"""Design section 4: what training reads equals what serving reads, and neither sees past `as_of`."""

from __future__ import annotations

import math
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from feast import FeatureStore
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from configs.profile import Profile
from features import recency, silence
from features.compute import compute
from features.definitions import ASKED_AT
from features.events import Row, fold
from features.everybody import everybody
from features.refresh import Refresher
from features.store import Store, repo_config
from features.vectors import FeatureVector, Value, of_kind
from tests.features.companies import NOW, Cell, Company, at, company, customer, offer, sale
from tests.features.histories import CUSTOMERS, EVENTS, HISTORIES, INSTANTS, OFFERS, SNAPSHOT_DAYS, TABLES, Rows

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # an example takes seconds
SNAPSHOTS = tuple(NOW - timedelta(days=days) for days in SNAPSHOT_DAYS)
KINDS = sorted({kind for _, kind in OFFERS})
VIEWS = {"profile", "purchases", "engagement", "experience", "subscription", "loyalty", "consent", "contact"}


class World:
    """One company in one folder, whose history is replaced from example to example; Feast's registry is made once."""

    def __init__(self, folder: Path) -> None:
        self.company = company(folder, {table: [] for table in TABLES})
        self.company.workspace.root.mkdir(parents=True, exist_ok=True)
        self.store = Store(self.company.workspace, self.company.dataset, Profile())
        self.store.register()
        self.events: Mapping[str, Mapping[str, Sequence[Row]]] = {}
        self.now = NOW
        self.refresh = Refresher(
            self.company.workspace,
            self.company.dataset,
            self.store,
            lambda who: self.events.get(who, {}),
            lambda: self.now,
        )

    def live(self, history: Mapping[str, Rows]) -> None:
        """Ingest `history`, compute every snapshot and put each online in turn, as weekly runs would."""
        _forget(self.company)
        self.company.write(history)
        self.company.ingest()
        compute(self.company.workspace, self.company.dataset, SNAPSHOTS)
        for as_of in SNAPSHOTS:
            self.store.materialise(as_of)

    def online(self, as_of: datetime) -> dict[str, FeatureVector]:
        """Everybody's vector by customer."""
        return {vector.customer_id: vector for vector in self.store.online().read(CUSTOMERS, as_of, KINDS)}

    def offline(self, as_of: datetime) -> dict[tuple[str, str], dict[str, Value]]:
        """Everybody's joined features, by customer and offer kind."""
        pairs = list(product(CUSTOMERS, KINDS))
        spine = pd.DataFrame(pairs, columns=["customer_id", "offer_kind"])
        spine = spine.assign(
            offer_id=[dict(map(reversed, OFFERS))[kind] for _, kind in pairs], as_of=pd.Timestamp(as_of)
        )  # type: ignore[arg-type]
        rows = self.store.join(spine, "response").to_dict("records")
        return {
            pair: {str(name): _null(value) for name, value in row.items()}
            for pair, row in zip(pairs, rows, strict=True)
        }

    def table(self, as_of: datetime) -> dict[str, dict[str, Value]]:
        """Everybody's row from the feature tables."""
        pieces = everybody(self.company.workspace, self.company.dataset, as_of, KINDS)
        return {
            row["customer_id"]: {n: _null(v) for n, v in row.items()} for piece in pieces for row in piece.to_pylist()
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    return World(tmp_path_factory.mktemp("world"))


@settings(max_examples=2, phases=NO_SHRINKING)
@given(history=HISTORIES)
def test_online_equals_offline_equals_everybody(world: World, history: dict[str, Rows]) -> None:
    world.live(history)
    _agree(world, NOW, CUSTOMERS)


@settings(max_examples=1, phases=NO_SHRINKING)
@given(history=HISTORIES)
def test_our_reader_answers_as_feast_does(world: World, history: dict[str, Rows]) -> None:
    """Recency by Feast's on-demand view included, for rows within their TTL."""
    world.live(history)
    feast = FeatureStore(config=repo_config(world.company.workspace, Profile()))
    asked = [{"customer_id": who, ASKED_AT: NOW.timestamp()} for who in CUSTOMERS]
    answer = feast.get_online_features(feast.get_feature_service("churn"), asked, full_feature_names=True).to_dict()
    for place, who in enumerate(CUSTOMERS):
        ours = world.online(NOW)[who].values
        theirs = {name: _null(column[place]) for name, column in answer.items() if "__" in name}
        assert set(theirs) <= set(ours)
        assert {name: ours[name] for name in theirs} == pytest.approx(theirs, nan_ok=True)


@settings(max_examples=2, phases=NO_SHRINKING)
@given(history=HISTORIES, table=st.sampled_from(sorted(EVENTS)), data=st.data())
def test_an_event_reaches_the_next_read_as_if_it_had_always_been_there(
    world: World, history: dict[str, Rows], table: str, data: st.DataObject
) -> None:
    world.live(history)
    row, second = data.draw(EVENTS[table])
    event = row | {INSTANTS.get(table, "occurred_at"): at(second / 86_400 - 1)}
    later = NOW + timedelta(days=1)
    who = str(event["customer_id"])
    before = world.online(later)

    world.events, world.now = {who: {table: [event]}}, later
    world.refresh(who)
    after = world.online(later)
    assert {name: vector for name, vector in after.items() if name != who} == {
        name: vector for name, vector in before.items() if name != who
    }

    fold(world.company.workspace, world.company.dataset, {table: [event]}, later)
    compute(world.company.workspace, world.company.dataset, (*SNAPSHOTS, later))
    _agree(world, later, [who])


def _agree(world: World, as_of: datetime, customers: Sequence[str]) -> None:
    online, offline, table = world.online(as_of), world.offline(as_of), world.table(as_of)
    for (who, kind), row in offline.items():
        if who not in customers:
            continue
        vector = online[who]
        assert vector.stale == ()
        seen = {**vector.values, **vector.by_kind[kind]}
        shared = {name: value for name, value in row.items() if name in seen}
        assert {name.partition("__")[0] for name in shared} >= VIEWS | {"recency", "affinity", "taste"}
        assert {name: seen[name] for name in shared} == _about(shared)
        if who in table:
            assert {name: table[who][name] for name in vector.values} == _about(dict(vector.values))
            affinities = vector.by_kind[kind]
            assert {name: table[who][of_kind(name, kind)] for name in affinities} == _about(dict(affinities))
        else:
            assert all(value is None for name, value in vector.values.items() if name.startswith("profile__"))


def _about(values: Mapping[str, Value]) -> dict[str, object]:
    return {
        name: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
        for name, value in values.items()
    }


def _null(value: Cell | float) -> Value:
    return None if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) else value  # type: ignore[return-value]


def _forget(made: Company) -> None:
    """Empty the workspace, but for Feast's registry."""
    for place in (made.workspace.tables, made.workspace.features):
        shutil.rmtree(place, ignore_errors=True)
    with sqlite3.connect(made.workspace.feast / "online.db") as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'tenure_%'"
        ).fetchall()
        for (name,) in names:
            connection.execute(f'DELETE FROM "{name}"')


def test_the_workaround_for_feasts_full_names_is_needed_online_and_absent_offline(world: World) -> None:
    names = recency.transform({"purchases__last_at": [0.0], "asked_at": [86_400.0]} | SILENT)
    assert names["recency__purchase_days"] == names["purchase_days"] == [1.0]
    offline = recency.transform(
        {"purchases__last_at": [0.0], "asked_at": [86_400.0], recency.OFFLINE_MARK: [0.0]} | SILENT
    )
    assert not any(name.startswith("recency__") for name in offline)


SILENT = {f"purchases__{name}": [0.0] for name in silence.STATE}


def test_a_value_older_than_its_ttl_is_null_and_named_and_consent_never_ages(world: World) -> None:
    world.live(HISTORY)
    [stranger] = world.store.online().read(["nobody"], NOW, ["voucher"])
    assert (stranger.known, stranger.stale) == (False, ())
    assert {*stranger.values.values(), *stranger.by_kind["voucher"].values()} == {None}

    fresh, edge, old = (world.online(NOW + timedelta(days=days))["a"] for days in (0, 14, 14.1))
    assert (fresh.stale, edge.stale) == ((), ())
    assert set(old.stale) == {"profile", "purchases", "contact", "affinity", "taste", "segments"}
    assert fresh.values["purchases__count_28d"] == edge.values["purchases__count_28d"] == 1.0
    assert fresh.values["recency__purchase_days"] == 3.0
    assert edge.values["recency__purchase_days"] == pytest.approx(17.0)
    assert {name for name, value in old.values.items() if value is not None} == {"consent__email"}
    assert (old.values["consent__email"], old.known) == (0.0, True)
    offline = world.offline(NOW + timedelta(days=14.1))["a", "voucher"]
    assert {name for name, value in offline.items() if value is not None} - {
        "customer_id",
        "offer_kind",
        "offer_id",
        "as_of",
    } == {"consent__email"}


def test_what_can_be_bought_no_more_is_zero_not_what_it_was(world: World) -> None:
    recent = HISTORY | {
        "transactions": [sale("a", 60, categories=["bread"])]
    }  # 53 days before the snapshot of last week
    world.live(recent)
    [now] = world.store.online().read(["a"], NOW, ["voucher"])
    [then] = world.store.join(_spine(NOW - timedelta(days=7)), "response").to_dict("records")
    assert (now.by_kind["voucher"]["taste__categories_bought"], then["taste__categories_bought"]) == (0.0, 1.0)
    assert world.offline(NOW)["a", "voucher"]["taste__categories_bought"] == 0.0


HISTORY: dict[str, Rows] = {
    "interactions": [{"customer_id": "b", "occurred_at": at(99), "channel": "web", "kind": "visit"}],
    "feedback": [{"customer_id": "b", "occurred_at": at(99), "kind": "nps", "score": 9}],
    "subscriptions": [{"customer_id": "b", "started_at": at(99), "plan": "basic", "price": 5}],
    "loyalty": [{"customer_id": "b", "occurred_at": at(99), "points_delta": 5, "tier": "tin"}],
    "customers": [customer("a"), customer("b")],
    "transactions": [sale("a", 3, categories=["bread"])],
    "offers": [offer("o1", ends=None, categories=["bread"])],
    "treatments": [{"customer_id": "a", "occurred_at": at(9), "offer_id": "o1"}],
    "outcomes": [{"customer_id": "a", "occurred_at": at(8), "offer_id": "o1", "kind": "accepted"}],
    "consents": [{"customer_id": "a", "channel": "email", "granted": False, "changed_at": at(90)}],
}


def _spine(as_of: datetime) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": ["a"], "offer_kind": ["voucher"], "offer_id": ["o1"], "as_of": pd.Timestamp(as_of)}
    )
