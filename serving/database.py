"""The database behind the ledger: opened durably, and its failures told in one way."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.pool import ConnectionPoolEntry

from configs.errors import StoreUnavailable
from configs.workspace import Workspace
from features.ledger import METADATA, to_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

BUSY_TIMEOUT_MS = 2000  # how long a write waits for another program's before the request fails
TURN_SECONDS = 10.0  # how long it waits for its turn among Tenure's own processes
LOOK_SECONDS = 0.001  # between two looks whether it has come: short, so that all who wait have the same chance


def ledger_url(workspace: Workspace) -> str:
    """Where a workspace's ledger is, as a SQLAlchemy URL."""
    return f"sqlite:///{workspace.ledger.absolute()}"


def open_ledger(url: str) -> Engine:
    """An engine on the ledger at a SQLAlchemy URL, its tables made where they are missing. Raises StoreUnavailable.

    SQLite is set to sync every commit to disk (WAL, synchronous=FULL). Errors never show the values of a statement.
    """
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _make_durable)
    with answering("opened"), _turn(engine, "opened"):  # else two that open a new one both make its tables
        METADATA.create_all(engine)
        _refuse_older(engine)
    return engine


@contextmanager
def answering(verb: str) -> Iterator[None]:
    """Raise StoreUnavailable where the database does not answer while the ledger is being `verb`."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except (DatabaseError, NoFreeConnection) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        raise StoreUnavailable(f"the ledger cannot be {verb}: {cause}") from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, as a whole or not at all. Raises StoreUnavailable.

    SQLite has one writer and lets those who wait starve: processes on one machine take turns, and none waits for its
    own longer than TURN_SECONDS.
    """
    with answering("written"), _turn(engine, "written"), engine.begin() as connection:
        yield connection


@contextmanager
def _turn(engine: Engine, verb: str) -> Iterator[None]:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    try:
        turnstile = Path(f"{engine.url.database}.turn").open("w")  # noqa: SIM115 it is closed below
    except OSError as error:
        raise StoreUnavailable(f"the ledger cannot be {verb}: {error}") from error
    with turnstile:
        _take(turnstile, verb)
        yield


def _take(turnstile: IO[str], verb: str) -> None:
    """Lock the turnstile, which its closing unlocks, or the end of the process. Raises StoreUnavailable."""
    deadline = time.monotonic() + TURN_SECONDS
    while True:
        try:
            return fcntl.flock(turnstile, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise StoreUnavailable(
                    f"the ledger cannot be {verb}: other processes have been writing to it for {TURN_SECONDS:g} s"
                ) from None
        except OSError as error:
            raise StoreUnavailable(f"the ledger cannot be {verb}: {error}") from error
        time.sleep(LOOK_SECONDS)


def add(connection: Connection, table: Table, entry: DataclassInstance) -> None:
    """Insert one row, whose instants become text. Raises IntegrityError where its key is there already."""
    row = {field.name: getattr(entry, field.name) for field in fields(entry)}
    connection.execute(insert(table), {name: _cell(value) for name, value in row.items()})


def _cell(value: object) -> object:
    return to_text(value) if isinstance(value, datetime) else value


def _refuse_older(engine: Engine) -> None:
    """Raise StoreUnavailable where a table lacks a column that this Tenure writes."""
    held = inspect(engine)
    for table in METADATA.sorted_tables:
        missing = {column.name for column in table.columns} - {one["name"] for one in held.get_columns(table.name)}
        if missing:
            raise StoreUnavailable(
                f"the ledger was written by an earlier Tenure: {table.name} lacks {', '.join(sorted(missing))}; "
                "move it aside, or export it with the Tenure that wrote it"
            )


def _make_durable(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for setting in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()
