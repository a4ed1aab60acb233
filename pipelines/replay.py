"""`tenure replay`: stored decisions made again, each held against the stored answer bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from configs.errors import NotFound, StoreUnavailable
from features.ledger import DECISIONS, to_instant, to_text
from pipelines.console import Json
from pipelines.session import Session
from pipelines.why import replayer_of
from serving.archive import Archive
from serving.basis import Basis
from serving.database import answering
from serving.entries import DecisionEntry
from serving.explained import response_of
from serving.ledger import Ledger, ledger_url, open_ledger

SHOWN = 10  # differences that are kept
AT_ONCE = 500  # decisions read in one go
ABSENT = "absent"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Difference:
    """A field, by its path, whose value is not what it was; `path` is empty where only the bytes differ."""

    decision_id: str
    path: str
    stored: Json
    again: Json


@dataclass(frozen=True)
class Gone:
    """What decisions rested on and is no longer there, so that they cannot be made again."""

    why: str
    decisions: int
    first: str


@dataclass(frozen=True)
class Replayed:
    """How many decisions were asked for, gave the same bytes, gave others, or could not be made again."""

    decisions: int
    identical: int
    different: int
    first_differences: tuple[Difference, ...]
    gone: tuple[Gone, ...]

    @property
    def headline(self) -> str:
        """The result in one line."""
        lost = sum(one.decisions for one in self.gone)
        parts = [f"{self.identical:,} of {self.decisions:,} decisions made again are identical, bit for bit"]
        parts += [f"{self.different:,} differ"] if self.different else []
        parts += [f"{lost:,} cannot be made again"] if lost else []
        return "; ".join(parts)

    @property
    def ok(self) -> bool:
        """Whether all are identical."""
        return self.identical == self.decisions


def run(
    session: Session,
    decisions: Sequence[str] = (),
    *,
    since: datetime | None = None,
    most: int | None = None,
    progress: Progress = lambda *_: None,
) -> Replayed:
    """Make the given decisions again, or those of the ledger made at or after `since`, the latest `most` of them.

    Raises NotFound for a decision that is not there, or was made in batch.
    """
    ledger = Ledger(open_ledger(ledger_url(session.workspace)))
    again = replayer_of(session, ledger).again
    if decisions:
        named = [_named(ledger, one) for one in decisions]
        return compare(iter(named), len(named), again, progress)
    total = _count(ledger, since)
    return compare(stored(ledger, since, most), min(total, most or total), again, progress)


def compare(
    entries: Iterator[DecisionEntry], total: int, again: Callable[[DecisionEntry], Basis], progress: Progress
) -> Replayed:
    """Hold each of `total` entries against what making it again gives."""
    count = identical = different = 0
    found: list[Difference] = []
    gone: dict[str, tuple[int, str]] = {}
    for entry in entries:
        count += 1
        progress("decisions made again", count, total)
        try:
            response = response_of(again(entry))
        except (NotFound, StoreUnavailable) as error:
            before, first = gone.get(str(error), (0, entry.decision_id))
            gone[str(error)] = before + 1, first
            continue
        if response == entry.response:
            identical += 1
            continue
        different += 1
        if len(found) < SHOWN:
            found += differences(entry.decision_id, entry.response, response)
    lost = tuple(Gone(why, number, first) for why, (number, first) in gone.items())
    return Replayed(count, identical, different, tuple(found[:SHOWN]), lost)


def differences(decision_id: str, stored: str, again: str) -> list[Difference]:
    """Every field that differs between two answers; where none does, the bytes do."""
    paths = list(_differing("", json.loads(stored), json.loads(again)))
    return [Difference(decision_id, *one) for one in paths] or [Difference(decision_id, "", stored, again)]


def stored(ledger: Ledger, since: datetime | None = None, most: int | None = None) -> Iterator[DecisionEntry]:
    """The decisions of a ledger made at or after `since`, the latest `most`, read as they are asked for."""
    statement = select(DECISIONS).order_by(DECISIONS.c.decided_at.desc(), DECISIONS.c.decision_id).limit(most)
    if since is not None:
        statement = statement.where(DECISIONS.c.decided_at >= to_text(since))
    with answering("read"), ledger.engine.connect().execution_options(yield_per=AT_ONCE) as connection:
        for row in connection.execute(statement):
            yield DecisionEntry(**{**row._mapping, "decided_at": to_instant(row.decided_at)})


def _differing(path: str, stored: Json, again: Json) -> Iterator[tuple[str, Json, Json]]:
    if isinstance(stored, Mapping) and isinstance(again, Mapping):
        for name in {**stored, **again}:
            yield from _differing(
                f"{path}.{name}" if path else str(name), stored.get(name, ABSENT), again.get(name, ABSENT)
            )
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for place, pair in enumerate(zip(stored, again, strict=True)):
            yield from _differing(f"{path}[{place}]", *pair)
    elif stored != again:
        yield path, stored, again


def _named(ledger: Ledger, decision_id: str) -> DecisionEntry:
    try:
        return ledger.find_decision(decision_id)
    except NotFound:
        campaign_id = decision_id.rpartition("-")[0]
        if campaign_id:
            Archive(ledger.engine).campaign(campaign_id)  # raises NotFound where it is none
            raise NotFound(
                f"decision {decision_id!r} was made in batch, by campaign {campaign_id}; what is made in real time "
                "can be made again"
            ) from None
        raise


def _count(ledger: Ledger, since: datetime | None) -> int:
    statement = select(func.count()).select_from(DECISIONS)
    if since is not None:
        statement = statement.where(DECISIONS.c.decided_at >= to_text(since))
    with answering("read"), ledger.engine.connect() as connection:
        return int(connection.execute(statement).scalar_one())
