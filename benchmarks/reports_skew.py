"""Whether served features are what training sees while events arrive: `reports.skew_exact`.

A simulated market is ingested up to a cut. What happened after it comes as events, row by row by the service's own
path, on a clock that goes with them; in between the service decides. Halfway `tenure features` runs. Then every served
vector is joined again, as `tenure monitor` does.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow.parquet as pq

from benchmarks.decided_market import Ticking, everybody
from benchmarks.results import FILE, record
from configs.clock import wall_clock
from configs.dataset import Clock, Dataset, Snapshots
from configs.loading import load
from configs.telemetry import prepare_process
from configs.workspace import Workspace
from features.contract import TABLES
from features.events import Json
from features.ledger import to_text
from features.refresh import Refresher
from monitoring import inputs
from monitoring.skew.skew import Comparison, compare
from pipelines import features, ingest, simulate
from pipelines.market.company import MAPPING
from pipelines.market.setting import START
from pipelines.rejoin import Rejoiner
from pipelines.session import Session, open_session
from serving.bootstrap import of_workspace
from serving.deciding import Decider
from serving.events import record_event
from serving.runtime import Runtime
from serving.schemas import DecideRequest, EventRequest

COMMAND = "make benchmark-reports"
CUSTOMERS, WEEKS, BEFORE, EVENTS = 600, 26, 24, 600
TICK = timedelta(seconds=15)  # more than what may count as before or after


@dataclass(frozen=True)
class Event:
    """A row that came after the cut."""

    at: datetime
    table: str
    row: dict[str, Json]


def opened(root: Path, clock: Ticking) -> tuple[Session, list[Event]]:
    """The market as it was at the cut, its features online; and what happened after, oldest first."""
    simulate.run(root / "files", customers=CUSTOMERS, weeks=WEEKS, seed=1)
    whole = load(root / "files" / MAPPING, Dataset)
    clock.now = cut = START + timedelta(weeks=BEFORE)
    instants = {name: TABLES[name].instant for name in whole.tables}
    told = {
        name: f"SELECT * FROM market_{name}"
        + (f" WHERE {instant} < TIMESTAMPTZ '{cut.isoformat()}'" if instant else "")
        for name, instant in instants.items()
    }
    before = {"tables": told, "clock": Clock(kind="wall"), "snapshots": Snapshots(every_days=7, first=cut)}
    ingest.run(whole.model_copy(update=before), Workspace(root / "workspace"))
    session = replace(open_session(Workspace(root / "workspace")), clock=clock.tell)
    features.run(session)
    later = [one for name, instant in instants.items() if instant for one in _after(root / "files", name, instant, cut)]
    return session, sorted(later, key=lambda one: (one.at, one.table, str(one.row)))


def _after(files: Path, table: str, instant: str, cut: datetime) -> list[Event]:
    rows = pq.read_table(files / f"{table}.parquet").to_pylist()
    return [
        Event(row[instant], table, {name: _json(value) for name, value in row.items() if value is not None})
        for row in rows
        if row[instant] >= cut
    ]


def _json(value: object) -> Json:
    if isinstance(value, datetime):
        return to_text(value)
    return value if isinstance(value, str | int | float | bool) else [str(part) for part in value]  # type: ignore[attr-defined]


def live(session: Session, clock: Ticking, events: Sequence[Event], most: int) -> Counter[str]:
    """Take in events, each followed by decisions for its customer and for another; how many rows of each table came."""
    made = _runtime(session)
    decider, customers, rng = Decider(made), everybody(session), np.random.default_rng(0)
    came: Counter[str] = Counter()
    some = np.sort(rng.permutation(len(events))[:most])
    for number, event in enumerate(events[place] for place in some):
        clock.now = max(clock.now, event.at) + TICK
        _take(made, event, number)
        came[event.table] += 1
        for customer in (str(event.row["customer_id"]), customers[int(rng.integers(len(customers)))]):
            clock.now += TICK
            decider.decide(DecideRequest(customer_id=customer))
        if number == len(some) // 2:
            clock.now += TICK
            features.run(session)
    return came


def _runtime(session: Session) -> Runtime:
    """The workspace's service, by the session's clock."""
    made = of_workspace(session.workspace, os.environ)
    refresh = Refresher(session.workspace, session.dataset, session.store(), made.ledger.events_of, session.clock)
    return replace(made, clock=session.clock, wall=session.clock, refresh=refresh)


def _take(runtime: Runtime, event: Event, number: int) -> None:
    asked = {"event_id": f"e-{number}", "table": event.table, "row": event.row}
    record_event(runtime, EventRequest.model_validate(asked))


def joined(session: Session, after: datetime, until: datetime) -> Comparison:
    """Every vector served in a window, held against its join."""
    engine = of_workspace(session.workspace, os.environ).ledger.engine
    served = inputs.read_vectors(engine, inputs.read_decisions(engine, after=after, until=until))
    return compare(served, Rejoiner(session)(served))


def main() -> None:
    """Record the share of vectors that are equal."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--results", type=Path, default=FILE)
    asked.add_argument("--events", type=int, default=EVENTS)
    given = asked.parse_args()
    prepare_process()
    with tempfile.TemporaryDirectory() as folder:
        clock = Ticking(wall_clock())
        session, events = opened(Path(folder), clock)
        began, cut = perf_counter(), clock.now
        came = live(session, clock, events, given.events)
        lived, again = perf_counter() - began, perf_counter()
        found = joined(session, cut, clock.now)
        took = perf_counter() - again
    for one in found.features:
        if one.unequal:
            print(f"  {one}", file=sys.stderr)
    exact = 0.0 if found.equal is None else found.equal.value
    note = (
        f"{found.vectors - found.unequal:,} of {found.vectors:,} vectors of {len(found.features)} features served in "
        f"{lived:.0f} s between {came.total():,} events ({', '.join(f'{n:,} {table}' for table, n in came.items())}), "
        f"half before and half after a run of `tenure features`; joined again in {took:.0f} s; {found.untold} could "
        f"not be, {found.unsettled} in several ways; numbers equal to one part in a billion"
    )
    record("reports.skew_exact", exact, reach="== 1", note=note, command=COMMAND, path=given.results)
    print(f"reports.skew_exact {exact:.6g}: {note}")


if __name__ == "__main__":
    main()
