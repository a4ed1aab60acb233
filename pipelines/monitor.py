"""`tenure monitor`: ledger and labels come together into one report."""

from __future__ import annotations

import numpy as np
import pandas as pd

from configs.artefact import REFERENCE
from configs.monitoring import Monitoring
from features import labels
from features.snapshots import closes_at
from features.tables import Opened, open_tables
from monitoring.drift.evidently_page import measure
from monitoring.retention.records import Records
from monitoring.run import MonitorReport, Sources, monitor
from pipelines.champions import champion_folder
from pipelines.session import Session
from serving.ledger import ledger_url, open_ledger


def run(session: Session, settings: Monitoring) -> MonitorReport:
    """Write the report on the window that ends at the session's clock. Raises TenureError."""
    opened = open_tables(session.workspace)
    sources = Sources(
        reference=champion_folder(session.workspace, "churn") / REFERENCE,
        ledger=open_ledger(ledger_url(session.workspace)),
        labels=lambda spine: label(session, opened, spine),
        measure=measure,
        predictions=batch_scores(session),
        records=Records(opened, session.dataset, session.clock(), settings.min_group),
    )
    return monitor(session.workspace, sources, settings, title=session.dataset.name, now=session.clock())


def label(session: Session, opened: Opened, spine: pd.DataFrame) -> pd.DataFrame:
    """`spine` (customer_id, as_of) with `label` (null where not matured, or not at risk) and `matures_at`."""
    dataset, now = session.dataset, session.clock()
    aware = spine.assign(as_of=pd.to_datetime(spine.as_of, utc=True))
    matures_at = pd.to_datetime(aware.as_of.map(lambda as_of: closes_at(as_of, dataset)), utc=True)
    if dataset.churn.kind != "label" and (matures_at > now).all():
        return aware.assign(label=np.nan, matures_at=matures_at)
    return labels.churn_of(opened, dataset, aware, now).assign(matures_at=matures_at)


def batch_scores(session: Session) -> pd.DataFrame | None:
    """The batch scores written so far: customer_id, as_of, p_churn."""
    files = sorted(session.workspace.scores.glob("*.parquet"))
    if not files:
        return None
    scores = pd.concat([pd.read_parquet(file, columns=["customer_id", "as_of", "p_churn"]) for file in files])
    return scores.astype({"as_of": "datetime64[ns, UTC]"})  # the ledger's resolution
