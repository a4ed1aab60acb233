"""Shadow prices are followed: those found last are in force within a poll, and stay while the ledger is away."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from configs.policy import Policy
from decisioning.budgets import NO_PRICES, Prices
from serving.archive import Archive, fingerprint
from serving.database import open_ledger
from serving.entries import PricesEntry
from serving.prices import InForce, PriceFollower, prices_of
from tests.serving.fakes import NOW, rules

MONEY = {"name": "money", "of": "money", "limit": 10.0, "period_days": 7}
TEXTS = {"name": "texts", "of": "contacts", "limit": 5, "channel": "sms"}
OWN = {"offer_id": "own", "kind": "A", "cost": 1.0, "channels": ["sms"], "capacity": 2}
POLICY = rules(budgets=[MONEY, TEXTS])
UNDER = fingerprint(POLICY.model_dump_json())
FIRST = PricesEntry("v1", NOW, UNDER, '{"money": 0.25, "texts": 3.0}')
SECOND = replace(FIRST, version="v2", made_at=NOW + timedelta(hours=1), body='{"money": 0.5}')


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def archive(engine: Engine) -> Archive:
    archive = Archive(engine)
    archive.keep("policy", POLICY.model_dump_json())
    return archive


def following(archive: Archive, policy: Policy = POLICY) -> PriceFollower:
    follower = PriceFollower(archive, policy)
    follower.poll()
    return follower


def found_under(archive: Archive, policy: Policy, version: str = "v3") -> None:
    """Prices of another policy, later than all others."""
    under = archive.keep("policy", policy.model_dump_json())
    archive.add_prices(PricesEntry(version, NOW + timedelta(days=1), under, '{"money": 9.0}'))


def test_prices_read_back_by_budget() -> None:
    assert prices_of(FIRST) == Prices("v1", {"money": 0.25, "texts": 3.0})


def test_the_last_prices_are_in_force_after_one_poll(archive: Archive) -> None:
    follower = following(archive)
    assert follower() == InForce(NO_PRICES, missing=False)
    for entry in (FIRST, SECOND):
        archive.add_prices(entry)
        follower.poll()
        assert follower() == InForce(prices_of(entry))


def test_the_same_prices_are_not_swapped(archive: Archive) -> None:
    archive.add_prices(FIRST)
    follower = following(archive)
    held = follower()
    follower.poll()
    assert follower() is held


@pytest.mark.parametrize(
    ("changes", "steer"),
    [
        ({"version": "test-2", "seed": 8, "levers": [{"kind": "A", "amount": 1.0}]}, True),
        ({"budgets": [TEXTS, MONEY]}, True),
        ({"offers": [{**OWN, "capacity": None}]}, True),
        ({"budgets": [MONEY]}, False),
        ({"budgets": [{**MONEY, "limit": 11.0}, TEXTS]}, False),
        ({"budgets": [{**MONEY, "counts": "expected"}, TEXTS]}, False),
        ({"offers": [OWN]}, False),
    ],
)
def test_prices_steer_where_budgets_are_those_they_were_found_under(
    archive: Archive, changes: Mapping[str, object], steer: bool
) -> None:
    found_under(archive, rules(**{"budgets": [MONEY, TEXTS], **changes}))
    found = following(archive)()
    assert found == (InForce(Prices("v3", {"money": 9.0})) if steer else InForce(missing=True))


def test_a_policy_without_budgets_misses_no_price(archive: Archive) -> None:
    archive.add_prices(FIRST)
    assert following(archive, rules())() == InForce(NO_PRICES, missing=False)


@pytest.mark.parametrize("document", [None, "{}"])
def test_prices_of_a_policy_that_cannot_be_read_do_not_steer(archive: Archive, document: str | None) -> None:
    under = archive.keep("policy", document) if document else "gone"
    archive.add_prices(replace(FIRST, policy_hash=under))
    assert following(archive)() == InForce(missing=True)


def test_the_last_prices_of_its_own_budgets_steer_on_and_it_is_said_once(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    archive.add_prices(FIRST)
    running = following(archive)
    found_under(archive, rules(budgets=[MONEY]))
    for _ in range(3):
        running.poll()
    said = "shadow prices v3 were found under other budgets than the policy's: v1 steer on"
    assert (running(), caplog.messages) == (InForce(prices_of(FIRST)), [said])
    assert following(archive)() == running()  # after a restart too


def test_that_none_steer_is_said_once_and_until_there_are_some(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    found_under(archive, rules(budgets=[MONEY]))
    follower = following(archive)
    follower.poll()
    said = "other budgets than the policy's: none steer until `tenure decide --all` finds some"
    assert (follower(), [said in message for message in caplog.messages]) == (InForce(missing=True), [True])
    archive.add_prices(replace(SECOND, made_at=NOW + timedelta(days=2)))
    follower.poll()
    assert follower() == InForce(prices_of(SECOND))


def test_prices_stay_while_the_ledger_does_not_answer(
    archive: Archive, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive.add_prices(FIRST)
    away = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    follower = following(Archive(away))
    away.dispose()
    os.rename(tmp_path / "ledger.db", tmp_path / "moved.db")
    (tmp_path / "ledger.db").mkdir()
    with caplog.at_level(logging.WARNING):
        follower.poll()
    assert follower() == InForce(prices_of(FIRST))
    assert caplog.messages == [
        "shadow prices stay as they are: the ledger cannot be read: unable to open database file"
    ]
    (tmp_path / "ledger.db").rmdir()
    os.rename(tmp_path / "moved.db", tmp_path / "ledger.db")
    Archive(open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")).add_prices(SECOND)
    follower.poll()
    assert follower() == InForce(prices_of(SECOND))


class Watched(Archive):
    """An archive that notes when it has been asked `after` times."""

    def __init__(self, engine: Engine, after: int) -> None:
        super().__init__(engine)
        self.asked, self._left = Event(), after

    def latest_prices(self, of: Collection[str] | None = None) -> PricesEntry | None:
        self._left -= 1
        if self._left < 0:  # what was asked for before has been taken over by now
            self.asked.set()
        return super().latest_prices(of)


def test_it_polls_on_its_own_until_stopped(engine: Engine) -> None:
    watched = Watched(engine, 1)
    watched.keep("policy", POLICY.model_dump_json())
    watched.add_prices(FIRST)
    follower = PriceFollower(watched, POLICY)
    follower.start(every_seconds=0.01)
    assert watched.asked.wait(5)
    assert follower() == InForce(prices_of(FIRST))
    follower.stop()
