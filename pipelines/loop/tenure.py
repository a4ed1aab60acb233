"""The policy to be judged: Tenure itself, week by week, by the path that companies use.

Each week's records are ingested, features computed, a campaign decided under the week's money, and its contacts made.
Now and then the offers' models are learned again from what came of earlier weeks, and promoted if they pass.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from configs.errors import DataError
from configs.loading import dump
from configs.policy import Policy
from configs.training import Training
from configs.workspace import Workspace
from decisioning.budgets import Budget
from features.compute import compute
from pipelines import features, ingest, promote, train
from pipelines.audience import gather
from pipelines.campaign import ONE_OFF, make
from pipelines.loop.books import Books
from pipelines.loop.company import Company
from pipelines.loop.situation import Situation
from pipelines.market.arrays import Index
from pipelines.market.catalogue import NOTHING
from pipelines.market.living import Made
from pipelines.market.logs import Campaign
from pipelines.market.setting import Setting
from pipelines.session import Session, open_session
from training.promotion import Gate

MODELS = ("response", "effects")  # all that a policy on margin asks
READ = ("customer_id", "offer_id", "channel", "propensity", "decision_id")
Notes = Callable[[str], None]


class Tenure:
    """Implements `pipelines.loop.situation.Policy` for one company, in a workspace of its own under `folder`.

    Learns before the first week, and again every `relearn_weeks`. `note` is told what is being done.
    """

    def __init__(
        self,
        company: Company,
        setting: Setting,
        policy: Policy,
        folder: Path,
        *,
        seed: int,
        relearn_weeks: int,
        trials: int = 2,
        note: Notes = lambda _: None,
    ) -> None:
        self._company, self._policy, self._note = company, policy, note
        self._books = Books(folder / "records", setting, seed)
        self._workspace = Workspace(folder / "workspace")
        self._training = Training(trials=trials, seed=seed)
        self._relearn_weeks = relearn_weeks
        self._made: list[Made] = list(company.campaigns)
        self._began = company.week

    def __call__(self, now: Situation) -> Index:
        """The week's contacts."""
        instant = self._books.tell(self._company, tuple(self._made))
        self._made = []
        session = self._session(instant)
        if (now.week - self._began) % self._relearn_weeks == 0:
            self._learn(session)
        compute(self._workspace, session.dataset, (instant,))
        self._note(f"week {now.week}: deciding")
        further = (Budget(ONE_OFF, "money", now.money, counts="expected"),)
        gathered = gather(session, self._policy, further=further)
        done = make(gathered, self._workspace.campaigns, None, write=True)
        return self._contacts(now, self._workspace.campaigns / f"{done.campaign_id}.parquet")

    def _session(self, instant: datetime) -> Session:
        self._note(f"reading records up to {instant:%Y-%m-%d}")
        ingest.run(self._books.dataset(instant), self._workspace)
        dump(self._policy, self._workspace.policy)
        return open_session(self._workspace)

    def _learn(self, session: Session) -> None:
        self._note(f"learning {', '.join(MODELS)}")
        features.run(session)
        try:
            train.run(session, MODELS, self._training, skip_impossible=True)
        except DataError as error:
            self._note(f"not learned: {error.message}")
            return
        for model in MODELS:
            verdict = promote.run(session, model, Gate()).verdict
            if verdict and not verdict.promote:
                self._note(f"{model} stays: " + "; ".join(one.said for one in verdict.reasons if not one.passed))

    def _contacts(self, now: Situation, path: Path) -> Index:
        """The campaign's decisions as the market takes them, and as next week's records will tell them."""
        rows = pq.read_table(path, columns=list(READ)).to_pylist()
        place = {(one.offer_id, one.channel_name): number for number, one in enumerate(self._company.catalogue.actions)}
        customers = self._company.customers
        action, propensity = np.full(customers, NOTHING, dtype=np.int64), np.full(customers, np.nan)
        decided, ids = np.zeros(customers, dtype=bool), np.full(customers, None, dtype=object)
        for row in rows:
            at = int(row["customer_id"].removeprefix("c"))
            action[at] = place.get((row["offer_id"], row["channel"]), NOTHING)
            decided[at], propensity[at], ids[at] = True, row["propensity"], row["decision_id"]
        allowed = now.allowed[np.arange(customers), action] | (action == NOTHING)
        action = np.where(allowed, action, NOTHING)
        made = Campaign(decided & allowed, action, propensity, ids)
        self._made = [Made(now.week, made, self._company.market.since(now.week))]
        return action
