"""The database behind the ledger: opened by several at once, written as a whole or not at all."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, inspect, select
from sqlalchemy.exc import IntegrityError

from configs.errors import StoreUnavailable
from features.ledger import METADATA, PRICES, to_text
from serving import database
from serving.database import add, open_ledger, writing
from serving.entries import PricesEntry
from tests.serving.fakes import NOW
from tests.serving.turns import turn_held

OPENERS = 6
ENTRY = PricesEntry("v1", NOW, "p", "{}")


def rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(PRICES)).scalar_one()


@pytest.mark.parametrize("attempt", range(5))
def test_several_may_open_a_new_ledger_at_once(tmp_path: Path, attempt: int) -> None:
    together = Barrier(OPENERS)

    def opened(_: int) -> list[str]:
        together.wait(10)
        return inspect(open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")).get_table_names()

    with ThreadPoolExecutor(OPENERS) as threads:
        tables = list(threads.map(opened, range(OPENERS)))
    assert {frozenset(names) for names in tables} == {frozenset(METADATA.tables)}


def test_a_ledger_that_is_there_is_opened_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with writing(open_ledger(url)) as connection:
        add(connection, PRICES, ENTRY)
    assert rows(open_ledger(url)) == 1


@pytest.mark.parametrize(("table", "column"), [("contacts", "channel"), ("campaigns", "rows"), ("prices", "body")])
def test_a_table_that_lacks_a_column_is_of_an_earlier_tenure(tmp_path: Path, table: str, column: str) -> None:
    path = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{path}").dispose()
    with closing(sqlite3.connect(path)) as old:
        old.execute(f'ALTER TABLE {table} DROP COLUMN "{column}"')
    with pytest.raises(StoreUnavailable) as raised:
        open_ledger(f"sqlite:///{path}")
    assert str(raised.value) == (
        f"the ledger was written by an earlier Tenure: {table} lacks {column}; move it aside, or export it with the "
        "Tenure that wrote it"
    )


def test_instants_are_text_and_a_failure_takes_all_back(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")

    def twice() -> None:
        with writing(engine) as connection:
            add(connection, PRICES, ENTRY)
            assert connection.execute(select(PRICES.c.made_at)).scalar_one() == to_text(NOW)
            add(connection, PRICES, ENTRY)

    with pytest.raises(IntegrityError):
        twice()
    assert rows(engine) == 0


def test_where_no_turn_can_be_taken_nothing_is_written(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    (tmp_path / "ledger.db.turn").unlink()
    (tmp_path / "ledger.db.turn").mkdir()
    with pytest.raises(StoreUnavailable, match=r"the ledger cannot be written: .*Is a directory"), writing(engine):
        pass


def test_a_turn_that_does_not_come_is_waited_for_so_long_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TURN_SECONDS", 0.3)
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with turn_held(tmp_path / "ledger.db"):
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as raised, writing(engine):
            pass
        waited = time.monotonic() - began
        with pytest.raises(StoreUnavailable, match="the ledger cannot be opened: other processes"):
            open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
        assert rows(engine) == 0  # reading waits for nobody
    assert raised.value.message == "the ledger cannot be written: other processes have been writing to it for 0.3 s"
    assert 0.3 <= waited < 5


@pytest.mark.parametrize("kill", [False, True])
def test_a_turn_that_ends_passes_to_the_next(tmp_path: Path, kill: bool) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with turn_held(tmp_path / "ledger.db") as process, ThreadPoolExecutor(1) as thread:
        done = thread.submit(lambda: write(engine))
        time.sleep(0.05)
        assert not done.done()
        if kill:
            process.kill()
        else:
            process.communicate("\n")
        done.result(5)
    assert rows(engine) == 1


def write(engine: Engine) -> None:
    with writing(engine) as connection:
        add(connection, PRICES, ENTRY)
