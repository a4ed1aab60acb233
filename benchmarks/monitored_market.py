"""A simulated market's company that decides and is monitored week by week, in its own world or in one that changed.

Training, scoring, decisions, ledger and report are those of `tenure`. Three things are shortened: served vectors are
read from the feature tables of the very instant instead of the online store, which holds the same; Evidently's
distances are computed by `monitoring.drift.chance`, which a test holds equal to Evidently's; and the report leaves out
the pages that are told from the records alone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.decided_market import Ticking, champions
from configs.artefact import REFERENCE
from configs.dataset import Clock, Dataset, Snapshots
from configs.loading import load
from configs.monitoring import Monitoring
from configs.training import Training
from configs.workspace import Workspace
from features import labels
from features.compute import compute
from features.everybody import everybody
from features.tables import open_tables
from features.vectors import FeatureVector, Value, of_customer
from monitoring.columns import Pair
from monitoring.data.feeds import Feeds
from monitoring.drift.chance import distances
from monitoring.run import MonitorReport, Sources, monitor
from pipelines import features, ingest, simulate
from pipelines.champions import champion_folder
from pipelines.market.company import MAPPING
from pipelines.market.setting import START
from pipelines.monitor import batch_scores, label
from pipelines.redecide import Redecider
from pipelines.score import everybody_at
from pipelines.session import Session, open_session
from serving.bootstrap import of_workspace
from serving.deciding import Decider
from serving.ledger import ledger_url, open_ledger
from serving.schemas import DecideRequest

MODELS = ("churn", "value", "response")
TRAINING = Training(trials=1, folds=2, max_rounds=100)
WEEKLY = Monitoring(window_days=7)
WEEK = timedelta(weeks=1)
COMPANY = ("mlflow.db", "mlartifacts", "feast", "segmentation.parquet")
RECORDS = ("workspace.json", "dataset.yaml", "ingest.json", "tables", "features", "scores")
FIRST_WEEK, EVERY_DAYS = 8, 28
Weights = Callable[[pd.DataFrame], NDArray[np.float64]]
"""Given customers with their features, how much likelier than others each is to come."""


@dataclass(frozen=True, slots=True)
class Company:
    """A workspace with champions trained at `cut`; weeks are counted from there."""

    root: Path
    cut: datetime
    seed: int

    @property
    def session(self) -> Session:
        """The workspace, as it was at `cut`."""
        return replace(open_session(Workspace(self.root)), clock=Ticking(self.cut).tell)

    def at(self, week: int) -> datetime:
        """The instant at which `week` ends, and its decisions are made."""
        return self.cut + week * WEEK


def founded(
    root: Path,
    *,
    customers: int,
    history: int,
    weeks: int,
    seed: int,
    every_days: int = EVERY_DAYS,
    models: Sequence[str] = MODELS,
) -> Company:
    """A market of `history` weeks to learn from and `weeks` to live through, ingested, and its champions."""
    simulate.run(root / "files", customers=customers, weeks=history + weeks, seed=seed)
    mapping, cut = load(root / "files" / MAPPING, Dataset), START + history * WEEK
    snapshots = Snapshots(every_days=every_days, first=START + FIRST_WEEK * WEEK)
    changed = {"clock": Clock(kind="wall"), "snapshots": snapshots}
    ingest.run(mapping.model_copy(update=changed), Workspace(root / "workspace"))
    session = replace(open_session(Workspace(root / "workspace")), clock=Ticking(cut).tell)
    features.run(session)
    champions(session, models, TRAINING)
    return Company(root / "workspace", cut, seed)


def elsewhere(company: Company, root: Path, tables: Mapping[str, str] | None = None) -> Company:
    """The same company before it decided anything; where given, with the rows that `tables` select for its own."""
    before, workspace = company.session.workspace, Workspace(root)
    root.mkdir(parents=True)
    for name in COMPANY if tables else COMPANY + RECORDS:
        (root / name).symlink_to(before.root / name)
    if tables:
        dataset = company.session.dataset
        ingest.run(dataset.model_copy(update={"tables": {**dataset.tables, **tables}}), workspace)
    shutil.copy(before.policy, workspace.policy)
    return replace(company, root=root)


def score(company: Company, weeks: Iterable[int]) -> None:
    """Compute the features at the ends of `weeks`, and score everybody at each."""
    instants, session = [company.at(week) for week in weeks], company.session
    compute(session.workspace, session.dataset, instants)
    for now in instants:
        everybody_at(replace(session, clock=Ticking(now).tell), now, lambda _: None)


def decide(company: Company, week: int, decisions: int, coming: Weights | None = None) -> None:
    """Decide at the end of `week` for some customers at risk."""
    now, workspace = company.at(week), company.session.workspace
    runtime = of_workspace(workspace, os.environ)
    reader = Held(workspace, company.session.dataset, now, runtime.catalogue.kinds_at(now))
    decider = Decider(replace(runtime, features=reader, clock=Ticking(now).tell, wall=Ticking(now).tell))
    for customer in _coming(company, reader, now, decisions, coming):
        decider.decide(DecideRequest(customer_id=customer))


def _coming(
    company: Company, reader: Held, now: datetime, decisions: int, coming: Weights | None
) -> NDArray[np.object_]:
    """So many customers at risk, drawn at random, or as much likelier as `coming` has it."""
    rng = np.random.default_rng([company.seed, int(now.timestamp())])
    asked = labels.at_risk(open_tables(company.session.workspace), company.session.dataset, now)
    there = reader.frame.loc[reader.frame.customer_id.isin(asked.customer_id)]
    odds = np.ones(len(there)) if coming is None else coming(there)
    drawn: NDArray[np.object_] = rng.choice(
        there.customer_id.to_numpy(object), min(decisions, len(there)), replace=False, p=odds / odds.sum()
    )
    return drawn


class Held:
    """Implements `features.vectors.FeatureReader` from the feature tables of one instant."""

    def __init__(self, workspace: Workspace, dataset: Dataset, as_of: datetime, kinds: Sequence[str]) -> None:
        pieces = [piece.to_pandas() for piece in everybody(workspace, dataset, as_of, kinds)]
        self.frame = pd.concat(pieces, ignore_index=True)
        self._kinds = kinds
        rows = self.frame.astype(object).where(self.frame.notna(), None).to_dict("records")
        self._rows: dict[str, dict[str, Value]] = {str(row["customer_id"]): row for row in rows}

    def read(
        self, customer_ids: Sequence[str], as_of: datetime, offer_kinds: Sequence[str] = ()
    ) -> list[FeatureVector]:
        """One vector per id."""
        return [self._vector(customer_id, as_of, offer_kinds) for customer_id in customer_ids]

    def _vector(self, customer_id: str, as_of: datetime, kinds: Sequence[str]) -> FeatureVector:
        row = self._rows[customer_id]
        own = {name: value for name, value in row.items() if of_customer(name)}
        by_kind = {
            kind: {name.partition("@")[0]: value for name, value in row.items() if name.endswith(f"@{kind}")}
            for kind in kinds
        }
        return FeatureVector(customer_id, as_of, own, by_kind=by_kind)


def report(company: Company, week: int, settings: Monitoring = WEEKLY) -> MonitorReport:
    """What `tenure monitor` says at the end of `week`."""
    session = replace(company.session, clock=Ticking(company.at(week)).tell)
    opened = open_tables(session.workspace)
    sources = Sources(
        ledger=open_ledger(ledger_url(session.workspace)),
        reference=champion_folder(session.workspace, "churn") / REFERENCE,
        labels=lambda spine: label(session, opened, spine),
        measure=apart,
        predictions=_known(session),
        redecide=Redecider(session),
        feeds=Feeds(opened, session.dataset, session.clock()),
    )
    return monitor(session.workspace, sources, settings, title=session.dataset.name, now=session.clock())


def _known(session: Session) -> pd.DataFrame | None:
    """Batch scores up to now."""
    scores, _ = batch_scores(session, 10**9)
    return None if scores is None else scores[scores.as_of <= session.clock()]


def apart(columns: Sequence[Pair], limits: Mapping[str, float], page: Path) -> Mapping[str, float]:
    """Implements `monitoring.drift.drift.Measure` without Evidently, whose page is left out."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{len(limits)} columns")
    return {
        column.name: float(
            distances(column, (np.arange(len(column.reference) + len(column.current)) >= len(column.reference))[None])[
                0
            ]
        )
        for column in columns
    }
