"""Shadow prices are followed: those found last are in force within a poll, and stay while the ledger is away."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from decisioning.budgets import NO_PRICES, Prices
from serving.archive import Archive
from serving.database import open_ledger
from serving.entries import PricesEntry
from serving.prices import PriceFollower, prices_of
from tests.serving.fakes import NOW

FIRST = PricesEntry("v1", NOW, "p", '{"money": 0.25, "capacity of o1": 3.0}')
SECOND = replace(FIRST, version="v2", made_at=NOW + timedelta(hours=1), body='{"money": 0.5}')


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def archive(engine: Engine) -> Archive:
    return Archive(engine)


def test_prices_read_back_by_budget() -> None:
    assert prices_of(FIRST) == Prices("v1", {"money": 0.25, "capacity of o1": 3.0})


def test_the_last_prices_are_in_force_after_one_poll(archive: Archive) -> None:
    follower = PriceFollower(archive)
    follower.poll()
    assert follower() is NO_PRICES
    for entry in (FIRST, SECOND):
        archive.add_prices(entry)
        follower.poll()
        assert follower() == prices_of(entry)


def test_the_same_prices_are_not_swapped(archive: Archive) -> None:
    archive.add_prices(FIRST)
    follower = PriceFollower(archive)
    follower.poll()
    held = follower()
    follower.poll()
    assert follower() is held


def test_prices_stay_while_the_ledger_does_not_answer(
    archive: Archive, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive.add_prices(FIRST)
    away = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    follower = PriceFollower(Archive(away))
    follower.poll()
    away.dispose()
    os.rename(tmp_path / "ledger.db", tmp_path / "moved.db")
    (tmp_path / "ledger.db").mkdir()
    with caplog.at_level(logging.WARNING):
        follower.poll()
    assert follower() == prices_of(FIRST)
    assert caplog.messages == [
        "shadow prices stay as they are: the ledger cannot be read: unable to open database file"
    ]
    (tmp_path / "ledger.db").rmdir()
    os.rename(tmp_path / "moved.db", tmp_path / "ledger.db")
    Archive(open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")).add_prices(SECOND)
    follower.poll()
    assert follower() == prices_of(SECOND)


class Watched(Archive):
    """An archive that notes when it has been asked `after` times."""

    def __init__(self, engine: Engine, after: int) -> None:
        super().__init__(engine)
        self.asked, self._left = Event(), after

    def latest_prices(self) -> PricesEntry | None:
        self._left -= 1
        if self._left < 0:  # what was asked for before has been taken over by now
            self.asked.set()
        return super().latest_prices()


def test_it_polls_on_its_own_until_stopped(engine: Engine) -> None:
    watched = Watched(engine, 1)
    watched.add_prices(FIRST)
    follower = PriceFollower(watched)
    follower.start(every_seconds=0.01)
    assert watched.asked.wait(5)
    assert follower() == prices_of(FIRST)
    follower.stop()
