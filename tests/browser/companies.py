"""Three companies' workspaces, made by what the commands run: records, models, decisions, outcomes, the report."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from configs.clock import ENVIRONMENT, fixed
from configs.dataset import Dataset
from configs.loading import load
from configs.monitoring import Monitoring
from configs.training import Training
from configs.workspace import Workspace
from pipelines import features, ingest, monitor, promote, simulate, train
from pipelines.households import riskiest_first
from pipelines.market.company import MAPPING
from pipelines.session import Session, find_dataset, open_session
from serving.bootstrap import of_workspace
from serving.deciding import Decider
from serving.ledger import OutcomeEntry
from serving.schemas import DecideRequest
from training.promotion import Gate

ASKED = 300
QUICK = Training(trials=1, folds=2, max_rounds=100)
REPORT = Monitoring(window_days=60, permutations=99, resamples=100, redecided=60)


@dataclass(frozen=True)
class Company:
    """Where its records come from, what is learned from them, and how long before their end decisions are made."""

    records: Callable[[Path], Dataset]
    models: tuple[str, ...]
    days_ago: int

    def report(self, folder: Path) -> Path:
        """The folder of the report on a workspace made in `folder`."""
        workspace = Workspace(folder / "workspace")
        ingest.run(self.records(folder), workspace)
        now = open_session(workspace)
        then = replace(now, clock=fixed(now.clock() - timedelta(days=self.days_ago)))
        features.run(then)
        train.run(then, self.models, QUICK, skip_impossible=False)
        for model in self.models:
            assert promote.run(then, model, Gate()).champion == "1"
        decide(then, riskiest_first(then, then.clock(), ASKED))
        return monitor.run(now, REPORT).html.parent


def decide(session: Session, customer_ids: Sequence[str]) -> None:
    """A decision for each at the session's clock; of the offers made, every third is accepted three days later."""
    at = session.clock()
    runtime = of_workspace(session.workspace, {**os.environ, ENVIRONMENT: at.isoformat()})
    made = [Decider(runtime).decide(DecideRequest(customer_id=one)).made for one in customer_ids]
    offered = [answer for answer in made if answer and answer.offers[0].offer_id]
    for answer in offered[::3]:
        runtime.ledger.record_outcome(
            _accepted(answer.decision_id, answer.customer_id, answer.offers[0].offer_id, at + timedelta(days=3))
        )


def _accepted(decision_id: str, customer_id: str, offer_id: str | None, at: datetime) -> OutcomeEntry:
    return OutcomeEntry(f"of-{decision_id}", "h", decision_id, customer_id, offer_id, "accepted", 1.0, at, at)


def _every_four_weeks(dataset: Dataset) -> Dataset:
    return dataset.model_copy(update={"snapshots": dataset.snapshots.model_copy(update={"every_days": 28})})


def _market(folder: Path) -> Dataset:
    simulate.run(folder / "files", customers=1500, weeks=40, seed=1)
    return load(folder / "files" / MAPPING, Dataset)


MODELS = ("churn", "value", "response")
COMPANIES: Mapping[str, Company] = {
    "complete_journey": Company(lambda _: _every_four_weeks(find_dataset("complete_journey")), MODELS, 56),
    "telco_churn": Company(lambda _: find_dataset("telco_churn"), ("churn",), 0),  # it has one instant, and no offers
    "market": Company(_market, (*MODELS, "effects"), 56),
}


def report(name: str, folder: Path, environment: Mapping[str, str]) -> Path:
    """The folder of a company's report, made in `folder`; `environment` is added to this process's own."""
    os.environ.update(environment)
    return COMPANIES[name].report(folder)
