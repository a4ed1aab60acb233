"""What a company's randomised campaigns tell: a row per customer and campaign whose window has closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.loop.company import Company
from pipelines.loop.play import spend
from pipelines.market.arrays import Index, Vector
from pipelines.market.catalogue import NOTHING, Catalogue
from pipelines.market.engine import Week
from pipelines.market.history import history
from pipelines.market.living import Made
from pipelines.market.observe import observables
from pipelines.market.truth import HORIZON_WEEKS


@dataclass(frozen=True)
class Evidence:
    """m rows: what was `seen` of a `customer` before, the `action` (NOTHING: control), and what followed.

    `accepted` is 0 or 1, NaN for control; `retention` 0 or 1; `profit` is the horizon's margin less what was spent.
    """

    catalogue: Catalogue
    seen: pd.DataFrame
    customer: Index
    action: Index
    accepted: Vector
    retention: Vector
    profit: Vector

    def acceptance(self) -> Vector:
        """(K,): the share of each action's contacts that were accepted; 0 for an action never made."""
        return self._mean(self.accepted)

    def gain(self) -> Vector:
        """(K,): each action's mean profit less control's; 0 for an action never made."""
        made = np.isin(np.arange(len(self.catalogue.actions)), self.action)
        return np.where(made, self._mean(self.profit) - self.profit[self.action == NOTHING].mean(), 0.0)

    def spending(self) -> Vector:
        """(K,): what each action costs on average, as far as is known."""
        return np.asarray(self.acceptance() * self.catalogue.cost + self.catalogue.contact_cost)

    def _mean(self, values: Vector) -> Vector:
        treated = self.action != NOTHING
        size = len(self.catalogue.actions)
        count = np.bincount(self.action[treated], minlength=size)
        return np.asarray(np.bincount(self.action[treated], values[treated], size) / np.maximum(count, 1))


def evidence(company: Company) -> Evidence:
    """The campaigns of `company` whose windows have closed. Raises ValueError where there is none."""
    closed = [made for made in company.campaigns if made.week + HORIZON_WEEKS <= company.week]
    if not closed:
        raise ValueError(f"no campaign's {HORIZON_WEEKS} weeks are over by week {company.week}; more history is needed")
    parts = [_part(company, made) for made in closed]
    seen = pd.concat([part.seen for part in parts], ignore_index=True)
    names = ("customer", "action", "accepted", "retention", "profit")
    return Evidence(
        company.catalogue, seen, *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )


def _part(company: Company, made: Made) -> Evidence:
    after = company.weeks[made.week : made.week + HORIZON_WEEKS]
    who = np.flatnonzero(made.campaign.taking_part)
    before = history(company.weeks[: made.week], company.customers)
    return Evidence(
        company.catalogue,
        observables(company.market.traits, before).iloc[who],
        who,
        made.campaign.action[who],
        np.where(after[0].action != NOTHING, after[0].accepted, np.nan)[who],
        (_total(after, "purchases") + _total(after, "billed") > 0)[who].astype(np.float64),
        (_total(after, "margin") - spend(after[0], company.catalogue))[who],
    )


def _total(weeks: Sequence[Week], name: str) -> Vector:
    return np.asarray(np.sum([getattr(week, name) for week in weeks], axis=0, dtype=np.float64))
