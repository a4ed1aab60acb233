"""One monitoring run: read, compare, conclude, write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from configs.monitoring import Monitoring
from configs.workspace import Workspace
from monitoring import inputs
from monitoring.columns import Pair, pairs
from monitoring.data.quality import check_quality, read_ingest
from monitoring.drift.drift import Measure, find_drift
from monitoring.facts import Facts, document, schema, tell
from monitoring.health.mix import Mix, describe
from monitoring.inputs import Labels
from monitoring.performance.matured import SPINE, Performance, attach, judge
from monitoring.retention.records import Records
from monitoring.retention.report import kept
from monitoring.site.write import prepare, write, writing
from monitoring.verdict import Verdict

JSON, SCHEMA = "report.json", "report.schema.json"


@dataclass(frozen=True)
class Sources:
    """Where a run reads from. `predictions` adds batch scores (customer_id, as_of, p_churn) to those in the ledger.

    Without `records` there is no retention report.
    """

    ledger: Engine
    reference: Path
    labels: Labels
    measure: Measure
    predictions: pd.DataFrame | None = None
    records: Records | None = None


@dataclass(frozen=True)
class MonitorReport:
    """What a run found and where it was written."""

    facts: Facts
    verdict: Verdict
    html: Path
    json: Path


def monitor(
    workspace: Workspace, sources: Sources, settings: Monitoring, *, title: str, now: datetime
) -> MonitorReport:
    """Write the report on the window that ends `now` (included) and return its facts.

    Raises DataError (no reference, labels of another shape), StoreUnavailable (ledger, reports).
    """
    prepare(workspace.report)
    rng = np.random.default_rng(settings.seed)
    after = now - timedelta(days=settings.window_days)
    decisions = inputs.read_decisions(sources.ledger, after=after, until=now)
    columns, empty = _columns(sources, decisions, settings, rng)
    with writing(workspace.report):
        drift = find_drift(columns, settings, measure=sources.measure, reports=workspace.report, rng=rng)
    ingest = read_ingest(workspace.ingested)
    facts = Facts(
        title=title,
        after=after,
        now=now,
        drift=drift,
        performance=_performance(sources, settings, now, rng),
        mix=_mix(workspace, sources.ledger, decisions, after, now),
        quality=check_quality(columns, settings, empty=empty, ingest=ingest),
        retention=kept(sources.records) if sources.records else None,
        settings=settings,
    )
    verdict, site = tell(facts)
    machine = {JSON: document(facts, verdict), SCHEMA: schema()}
    return MonitorReport(facts, verdict, write(site, workspace.report, machine), workspace.report / JSON)


def _columns(
    sources: Sources, decisions: pd.DataFrame, settings: Monitoring, rng: np.random.Generator
) -> tuple[tuple[Pair, ...], int]:
    reference = inputs.one_per_customer(inputs.read_reference(sources.reference), settings.max_rows, rng)
    current, empty = inputs.read_served(sources.ledger, decisions, most=settings.max_rows, rng=rng)
    return pairs(reference, current), empty


def _performance(sources: Sources, settings: Monitoring, now: datetime, rng: np.random.Generator) -> Performance:
    since = now - timedelta(days=settings.lookback_days)
    served = inputs.read_decisions(sources.ledger, after=since, until=now).rename(columns={"decided_at": "as_of"})
    predicted = served[[*SPINE, "p_churn"]]
    if sources.predictions is not None:
        predicted = pd.concat([predicted, sources.predictions[[*SPINE, "p_churn"]]], ignore_index=True)
    predicted = predicted.dropna(subset="p_churn").drop_duplicates(SPINE)
    frame = attach(predicted, sources.labels(predicted[SPINE]))
    return judge(frame, settings, now=now, rng=rng)


def _mix(workspace: Workspace, ledger: Engine, decisions: pd.DataFrame, after: datetime, now: datetime) -> Mix:
    return describe(
        decisions,
        inputs.read_outcomes(ledger, after=after, until=now),
        inputs.count_filtered(ledger, after=after, until=now),
        inputs.read_kinds(workspace.tables / "offers" / "records.parquet"),
    )
