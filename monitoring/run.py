"""One monitoring run: read, compare, conclude, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Engine

from configs.monitoring import Monitoring
from configs.workspace import Workspace
from monitoring import inputs
from monitoring.alerts import alert
from monitoring.columns import Pair, pairs
from monitoring.data.feeds import Fault
from monitoring.data.quality import Quality, check_quality, read_ingest
from monitoring.draw import drawn
from monitoring.drift.drift import SCORE, DriftResult, Measure, find_drift
from monitoring.drift.size import Redecide, sizes
from monitoring.facts import Facts, document, schema, tell
from monitoring.health import health
from monitoring.health.health import Experiment
from monitoring.health.mix import Mix, describe
from monitoring.inputs import Labels
from monitoring.performance.estimated import windows
from monitoring.performance.matured import SPINE, Performance, attach, judge, matured
from monitoring.performance.slices import slices
from monitoring.retention.records import Records
from monitoring.retention.report import Kept, kept
from monitoring.site.write import prepare, write, writing
from monitoring.skew import skew
from monitoring.skew.skew import Rejoin, Skew
from monitoring.verdict import Verdict
from monitoring.warning.listing import remove_list, write_list
from monitoring.warning.rises import Warned
from monitoring.warning.rises import examine as watched
from monitoring.warning.watch import Watch

Progress = Callable[[str], None]
RETENTION = 1  # with the seed, of the retention report's draws
JSON, SCHEMA, ALERT_SCHEMA = "report.json", "report.schema.json", "alert.schema.json"


@dataclass(frozen=True)
class Sources:
    """Where a run reads from. `predictions` adds batch scores (customer_id, as_of, p_churn) to those in the ledger.

    `scored` says how many there are, where they are drawn, as `monitoring.draw` does, from more than are given.
    `groups` names attributes of customers (customer_id, an attribute a column), by which performance is sliced.
    `records` and `watch` are asked in a thread of their own, and so by an engine that nobody else asks: it and the
    models work outside of Python, while the rest is done in it.
    Without `records` there is no retention report, without `redecide` no size of a drift, without `rejoin` no skew,
    without `experiment` no comparison of arms, without `watch` no early warning, without `feeds` no word of sources.
    """

    ledger: Engine
    reference: Path
    labels: Labels
    measure: Measure
    predictions: pd.DataFrame | None = None
    scored: int = 0
    groups: pd.DataFrame | None = None
    records: Records | None = None
    redecide: Redecide | None = None
    rejoin: Rejoin | None = None
    experiment: Callable[[], Experiment] | None = None
    watch: Watch | None = None
    feeds: Callable[[], Sequence[Fault]] | None = None


@dataclass(frozen=True)
class MonitorReport:
    """What a run found and where it was written."""

    facts: Facts
    verdict: Verdict
    html: Path
    json: Path


def monitor(
    workspace: Workspace,
    sources: Sources,
    settings: Monitoring,
    *,
    title: str,
    now: datetime,
    progress: Progress = lambda _: None,
) -> MonitorReport:
    """Write the report on the window that ends `now` (included), and the early-warning list; return the facts.

    `progress` is told what is being done.

    Raises DataError (no reference, labels of another shape), StoreUnavailable (ledger, reports).
    """
    prepare(workspace.report)
    facts = _gathered(workspace, sources, settings, progress, title=title, now=now)
    progress("writing the report")
    verdict, site = tell(facts)
    machine = {JSON: document(facts, verdict), SCHEMA: schema(), ALERT_SCHEMA: alert.schema()}
    return MonitorReport(facts, verdict, write(site, workspace.report, machine), workspace.report / JSON)


def _gathered(
    workspace: Workspace, sources: Sources, settings: Monitoring, progress: Progress, *, title: str, now: datetime
) -> Facts:
    progress("reading what was served")
    rng = np.random.default_rng(settings.seed)
    after = now - timedelta(days=settings.window_days)
    decisions = inputs.read_decisions(sources.ledger, after=after, until=now)
    served = _served(sources, decisions, settings, rng)
    quality = _quality(workspace, sources, served, settings)
    with ThreadPoolExecutor(1) as beside:
        retention = beside.submit(_kept, sources, settings)
        warning = beside.submit(_warned, workspace, sources, settings)
        progress("comparing what was served with what was learned from")
        drift = _drift(sources, served, settings, workspace, quality.broken, rng)
        progress("comparing arms")
        arms = None if sources.experiment is None else sources.experiment()
        progress("comparing predictions with outcomes")
        performance = _performance(sources, settings, now, rng)
        progress("joining served features again")
        again = _skew(sources, decisions, served, settings, rng)
        progress("reading the records: who stayed, and whose risk rose")
        return Facts(
            title=title,
            after=after,
            now=now,
            drift=drift,
            performance=performance,
            mix=_mix(workspace, sources.ledger, decisions, after, now, settings.min_group),
            quality=quality,
            settings=settings,
            health=health.examine(sources.ledger, decisions, settings, arms, after=after, now=now),
            skew=again,
            retention=retention.result(),
            warning=warning.result(),
        )


@dataclass(frozen=True)
class _Served:
    """What was served beside what was learned from.

    `windows` numbers the window of time of each reference row; `decision_ids` and `by_policy`, whether the policy made
    it, are of the current rows.
    """

    columns: tuple[Pair, ...]
    windows: NDArray[np.intp] | None
    decision_ids: tuple[str, ...]
    by_policy: NDArray[np.bool_]
    empty: int


def _served(sources: Sources, decisions: pd.DataFrame, settings: Monitoring, rng: np.random.Generator) -> _Served:
    reference = inputs.one_per_customer(inputs.read_reference(sources.reference), settings.max_rows, rng)
    current, empty = inputs.read_served(sources.ledger, decisions, most=settings.max_rows, rng=rng)
    windows = pd.factorize(reference["as_of"], sort=True)[0].astype(np.intp) if "as_of" in reference else None
    made = tuple(current["decision_id"]) if len(current) else ()
    by_policy = np.isin(made, decisions.loc[decisions["arm"] == "policy", "decision_id"].to_numpy(dtype=str))
    return _Served(pairs(reference, current), windows, made, by_policy, empty)


def _quality(workspace: Workspace, sources: Sources, served: _Served, settings: Monitoring) -> Quality:
    counted, faults = read_ingest(workspace.ingested), () if sources.feeds is None else sources.feeds()
    return check_quality(served.columns, settings, empty=served.empty, ingest=counted, feeds=faults)


def _drift(
    sources: Sources,
    served: _Served,
    settings: Monitoring,
    workspace: Workspace,
    broken: frozenset[str],
    rng: np.random.Generator,
) -> DriftResult:
    """Every column's verdict, and how large the drift is where decisions can be made again."""
    with writing(workspace.report):
        drift = find_drift(
            served.columns,
            settings,
            measure=sources.measure,
            reports=workspace.report,
            rng=rng,
            windows=served.windows,
            broken=broken,
        )
    names = [column.name for column in drift.drifted if column.name != SCORE]
    if sources.redecide is None or not names:
        return drift
    rows = rng.permutation(np.flatnonzero(served.by_policy))[: settings.redecided]
    inputs_by_name = {column.name: column for column in served.columns}
    moved = [replace(inputs_by_name[name], current=inputs_by_name[name].current[rows]) for name in names]
    made = [served.decision_ids[row] for row in rows]
    return replace(drift, sizes=sizes(moved, made, sources.redecide, rng))


def _performance(sources: Sources, settings: Monitoring, now: datetime, rng: np.random.Generator) -> Performance:
    since = now - timedelta(days=settings.lookback_days)
    served = inputs.read_decisions(sources.ledger, after=since, until=now).rename(columns={"decided_at": "as_of"})
    predicted, unread = served[[*SPINE, "p_churn"]], 0
    if sources.predictions is not None:
        predicted = pd.concat([predicted, sources.predictions[[*SPINE, "p_churn"]]], ignore_index=True)
        unread = max(0, sources.scored - len(sources.predictions))
    known = predicted.dropna(subset="p_churn").drop_duplicates(SPINE)
    predicted, of = drawn(known, settings.judged), len(known) + unread
    frame = attach(predicted, sources.labels(predicted[SPINE]))
    found = replace(judge(frame, settings, now=now, rng=rng), of=of if of > len(predicted) else None)
    if found.fit is None:
        return replace(found, windows=windows(frame, settings, now=now, rng=rng))
    parts = () if sources.groups is None else slices(matured(frame, now), sources.groups, settings, rng)
    return replace(found, windows=windows(frame, settings, now=now, rng=rng), slices=parts)


def _kept(sources: Sources, settings: Monitoring) -> Kept | None:
    """The retention report, whose draws are its own."""
    rng = np.random.default_rng([settings.seed, RETENTION])
    return kept(sources.records, resamples=settings.resamples, rng=rng) if sources.records else None


def _skew(
    sources: Sources, decisions: pd.DataFrame, served: _Served, settings: Monitoring, rng: np.random.Generator
) -> Skew:
    nulls = {one.name: 1 - len(one.seen_reference) / len(one.reference) for one in served.columns}
    return skew.examine(sources.ledger, decisions, settings, rng, rejoin=sources.rejoin, trained_nulls=nulls)


def _warned(workspace: Workspace, sources: Sources, settings: Monitoring) -> Warned | None:
    """Whose risk rose; the list of names is renewed, or taken away where there is none."""
    if sources.watch is None:
        return None
    found, listed = watched(sources.watch, settings)
    if found.lacking is None:
        write_list(workspace.early_warning, listed)
    else:
        remove_list(workspace.early_warning)
    return found


def _mix(
    workspace: Workspace, ledger: Engine, decisions: pd.DataFrame, after: datetime, now: datetime, few: int
) -> Mix:
    return describe(
        decisions,
        inputs.read_outcomes(ledger, after=after, until=now),
        inputs.read_answers(ledger, after=after, until=now),
        inputs.read_kinds(workspace.tables / "offers" / "records.parquet"),
        few=few,
    )
