"""`tenure monitor`: ledger and labels come together into one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import ibis
import numpy as np
import pandas as pd

from configs.artefact import REFERENCE
from configs.clock import wall_clock
from configs.dataset import Dataset
from configs.errors import DataError
from configs.monitoring import Monitoring, Webhook
from features import labels
from features.snapshots import until_closed
from features.sources import connect
from features.tables import Opened, open_tables
from monitoring.alerts.alert import message, places
from monitoring.alerts.endpoint import Endpoint, endpoint_of
from monitoring.alerts.gauges import Gauges, write_gauges
from monitoring.alerts.webhook import Delivery, send
from monitoring.data.feeds import Feeds
from monitoring.draw import drawn_of
from monitoring.drift.evidently_page import Evidently
from monitoring.health.arms import Assigned
from monitoring.health.health import Experiment
from monitoring.health.lift import Compared, Outcome
from monitoring.intervals import LEVEL
from monitoring.retention.records import Records
from monitoring.run import MonitorReport, Progress, Sources, monitor
from pipelines import lift
from pipelines.champions import champion_folder
from pipelines.early_warning import Watcher
from pipelines.lift import ARMS
from pipelines.policies import in_force
from pipelines.redecide import Redecider
from pipelines.rejoin import Rejoiner
from pipelines.session import Session
from serving.ledger import ledger_url, open_ledger


@dataclass(frozen=True)
class Monitored:
    """A report, and how it was told to machines. `webhook` is None where none is set or nothing was to be said."""

    report: MonitorReport
    gauges: Path
    webhook: Delivery | None


def run_and_tell(
    session: Session, settings: Monitoring, environment: Mapping[str, str], progress: Progress = lambda _: None
) -> Monitored:
    """Write the report and its gauges, and tell the webhook that `environment` names.

    Raises TenureError, where the environment cannot be used before the work begins. A webhook that does not take the
    message raises nothing.
    """
    endpoint = endpoint_of(environment)
    report = run(session, settings, progress)
    gauges = write_gauges(Gauges(report.facts, report.verdict, wall_clock()), report.html.parent)
    return Monitored(report, gauges, tell(report, endpoint, settings.webhook) if endpoint else None)


def tell(report: MonitorReport, endpoint: Endpoint, settings: Webhook) -> Delivery | None:
    """Tell the webhook what it is to be told of a report; None where that is nothing."""
    pages = places(report.html.parent, endpoint.site)
    said = message(report.facts, report.verdict, pages, when=settings.when)
    return None if said is None else send(said.to_json(), endpoint, settings)


def run(session: Session, settings: Monitoring, progress: Progress = lambda _: None) -> MonitorReport:
    """Write the report on the window that ends at the session's clock. Raises TenureError."""
    opened, beside = open_tables(session.workspace), open_tables(session.workspace)
    predictions, scored = batch_scores(session, settings.judged)
    sources = Sources(
        reference=champion_folder(session.workspace, "churn") / REFERENCE,
        ledger=open_ledger(ledger_url(session.workspace)),
        labels=lambda spine: label(session, opened, spine),
        measure=Evidently(session.dataset.name, session.clock(), session.workspace.evidently),
        predictions=predictions,
        scored=scored,
        groups=groups(opened, session.dataset),
        redecide=Redecider(session),
        rejoin=Rejoiner(session),
        feeds=Feeds(opened, session.dataset, session.clock()),
        experiment=lambda: experiment(session, session.clock() - timedelta(days=settings.lookback_days)),
        watch=Watcher(session, beside, settings),
        records=Records(beside, session.dataset, session.clock(), settings.min_group),
    )
    name, now = session.dataset.name, session.clock()
    return monitor(session.workspace, sources, settings, title=name, now=now, progress=progress)


def experiment(session: Session, since: datetime) -> Experiment:
    """Customers by the arm of their first decision after `since`, as `tenure lift` counts them; what arms brought."""
    arms, made = in_force(session).rules().arms, lift.decided_since(session, since)
    first = made.drop_duplicates("customer_id").arm.value_counts()
    assigned = Assigned(
        since, {str(arm): int(first.get(arm, 0)) for arm in ARMS}, {str(arm): arms.share(arm) for arm in ARMS}
    )
    return Experiment(assigned, tuple(compared(session, outcome, since, made) for outcome in get_args(Outcome)))


def compared(session: Session, outcome: Outcome, since: datetime, made: pd.DataFrame) -> Compared:
    """What `tenure lift` says of the arms on one outcome by the decisions `made`, or why it says nothing."""
    try:
        found = lift.compare(session, made, outcome=outcome, level=LEVEL)
    except DataError as error:
        return Compared(outcome, since, refused=str(error))
    return Compared(
        outcome,
        since,
        found.found,
        first=found.first,
        last=found.last,
        open=found.open,
        detectable=found.detectable,
        warnings=found.warnings,
        refused=found.refused,
        returns=found.returns,
    )


def groups(opened: Opened, dataset: Dataset) -> pd.DataFrame:
    """Customers (customer_id, once each) with their declared categories and the quarter in which they signed up."""
    people = opened.tables["customers"]
    names = [name for name, one in dataset.attributes_of("customers").items() if one.kind == "category"]
    signed_up = people.signed_up_at.cast("int64").as_timestamp("s")
    quarter = signed_up.year().cast("string").concat(" Q", signed_up.quarter().cast("string"))
    found: pd.DataFrame = opened.backend.to_pandas(people.select("customer_id", *names, signed_up=quarter))
    return found


def label(session: Session, opened: Opened, spine: pd.DataFrame) -> pd.DataFrame:
    """`spine` (customer_id, as_of) with `label` (null where not matured, or not at risk), `matures_at` and `at_risk`.

    Who was at risk is known before the label is.
    """
    dataset, now = session.dataset, session.clock()
    aware = spine.assign(as_of=pd.to_datetime(spine.as_of, utc=True))
    matures_at = aware.as_of + until_closed(dataset)
    waiting = (matures_at > now) & (dataset.churn.kind != "label")
    known = aware.assign(label=np.nan) if waiting.all() else labels.churn_of(opened, dataset, aware, now)
    at_risk = known.label.notna()
    if waiting.any():
        at_risk[waiting] = labels.at_risk_of(opened, dataset, aware[waiting])
    return known.assign(matures_at=matures_at, at_risk=at_risk)


def batch_scores(session: Session, most: int) -> tuple[pd.DataFrame | None, int]:
    """`most` of the batch scores (customer_id, as_of, p_churn), as `monitoring.draw` draws, and how many there are.

    None where nobody was scored.
    """
    files = sorted(map(str, session.workspace.scores.glob("*.parquet")))
    if not files:
        return None, 0
    backend = ibis.duckdb.from_connection(connect())
    scored = backend.read_parquet(files).select("customer_id", "as_of", "p_churn")
    some = drawn_of(scored.group_by("customer_id").aggregate(rows=ibis._.count()), most)
    found = scored.semi_join(some, "customer_id").order_by("as_of", "customer_id")
    scores: pd.DataFrame = backend.to_pandas(found)
    return scores.astype({"as_of": "datetime64[ns, UTC]"}), int(backend.to_pyarrow(scored.count()).as_py())
