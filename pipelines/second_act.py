"""The demo's second act: in a simulated market, whose truth is known, risk targeting against effect targeting."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from configs.dataset import Dataset
from configs.errors import CheckFailed
from configs.loading import load
from configs.training import Training
from configs.workspace import Workspace
from pipelines import features, ingest, simulate, train
from pipelines.market.company import MAPPING, TRUTH
from pipelines.session import Session, open_session
from pipelines.story import Story
from pipelines.targeting import (
    NAMES,
    Campaigns,
    Targeting,
    by_effect,
    by_risk,
    by_truth,
    campaigns,
    more_by_the_log,
)
from training.registry import evaluation_log

CUSTOMERS, WEEKS, SEED = 3_000, 40, 1  # four campaigns, eight weeks apart, and what came of them
EVERY_DAYS = 56  # snapshots fall on the campaigns
BUDGET = 0.2
FOLDER = "market"
SETTINGS = Training(threads=min(2, os.cpu_count() or 1))


@dataclass(frozen=True)
class SecondAct:
    """True profit of the same number of contacts, chosen in different ways, in the market's currency."""

    contacts: int
    by_risk: float
    by_effect: float
    oracle: float


def run(workspace: Workspace, story: Story) -> SecondAct:
    """Play it into the folder `market` of the workspace, as further steps of `story`."""
    files, own = workspace.root / FOLDER / "files", Workspace(workspace.root / FOLDER)
    session = _company(story, files, own)
    found = campaigns(*evaluation_log(own, _learn(story, session)), pd.read_parquet(files / TRUTH))
    return compare(story, found, session.dataset.currency)


def _company(story: Story, files: Path, own: Workspace) -> Session:
    with story.step("A second company, whose truth is known: a simulated market") as bar:
        made = simulate.run(files, customers=CUSTOMERS, weeks=WEEKS, seed=SEED, progress=bar.at)
        mapping = load(files / MAPPING, Dataset)
        snapshots = mapping.snapshots.model_copy(update={"every_days": EVERY_DAYS})
        ingest.run(mapping.model_copy(update={"snapshots": snapshots}), own, bar.at)
        session = open_session(own)
        features.run(session, bar.at)
    rows = made.written[0].rows
    story.tell(
        f"{CUSTOMERS:,} customers, {rows['transactions.parquet']:,} purchases, {len(made.campaigns)} campaigns with "
        f"{rows['treatments.parquet']:,} treatments and controls, all drawn at random"
    )
    return session


def _learn(story: Story, session: Session) -> str:
    with story.step("Effects: what would each offer change, against leaving the customer alone?") as bar:
        (trained,) = train.run(session, ("effects",), SETTINGS, bar.at, skip_impossible=False)
    story.tell(trained.how)
    if trained.version is None:
        raise CheckFailed(trained.refused or "no effects were trained")
    figures = trained.version.metrics
    story.tell(
        f"an offer adds {figures['margin_average_uplift']:.2f} {session.dataset.currency} of margin on average, "
        f"{figures['margin_uplift_at_20']:.2f} among the fifth it adds most to; both on customers not learned from"
    )
    return trained.version.version


def compare(story: Story, found: Campaigns, currency: str) -> SecondAct:
    """Tell what contacting the riskiest and contacting those whom an offer moves truly earn."""
    with story.step("Whom to contact: the riskiest, or those whom an offer moves?"):
        risk, effect, oracle = (choose(found, BUDGET) for choose in (by_risk, by_effect, by_truth))
        more = more_by_the_log(found, effect, risk)
    contacts, rows = int(effect.contacted.sum()), len(effect.contacted)
    story.tell(
        f"{contacts:,} contacts either way ({BUDGET:.0%}), by models that have not seen the customer; true profit:"
    )
    for line in _table(risk, effect, oracle, currency):
        story.tell(line)
    if more is not None:
        story.tell(
            f"the log alone says that effect earns {more.value:.2f} more a customer than risk "
            f"(90%: {more.low:.2f} to {more.high:.2f}); in truth it is {(effect.profit - risk.profit) / rows:.2f}"
        )
    return SecondAct(contacts, risk.profit, effect.profit, oracle.profit)


def _table(risk: Targeting, effect: Targeting, oracle: Targeting, currency: str) -> list[str]:
    offer = NAMES[int(risk.action[0])].replace(":", " by ")
    told = {
        f"by risk: the likeliest to leave get {offer}, the best on average": risk,
        "by effect: each gets what adds most, those first whom it adds most to": effect,
        "with the truth of everybody at hand, which nobody has": oracle,
    }
    width = max(map(len, told))
    return [f"{words:<{width}}  {found.profit:>8,.0f} {currency}" for words, found in told.items()]
