"""A company in the simulated market: its customers' lives so far, whom it may contact, and its next week."""

from __future__ import annotations

from copy import copy

import numpy as np
import pandas as pd

from pipelines.market.arrays import Flags, Index
from pipelines.market.catalogue import NOTHING, Catalogue
from pipelines.market.chance import Coupled
from pipelines.market.engine import Market, Week
from pipelines.market.history import history
from pipelines.market.living import Made, live
from pipelines.market.logs import Plan
from pipelines.market.observe import observables
from pipelines.market.setting import Setting
from pipelines.market.traits import draw

CAP_WEEKS = 4  # no customer is contacted more than once within this long


class Company:
    """`weeks` are those lived, the next is `week`; `campaigns` are the randomised ones of the history."""

    def __init__(self, market: Market, weeks: list[Week], campaigns: list[Made]) -> None:
        self.market, self.weeks, self.campaigns = market, weeks, campaigns

    @property
    def week(self) -> int:
        """The week that comes next."""
        return len(self.weeks)

    @property
    def catalogue(self) -> Catalogue:
        """What can be offered."""
        return self.market.catalogue

    @property
    def customers(self) -> int:
        """How many customers there are, those to come included."""
        return len(self.market.traits.rate)

    def fork(self, seed: int) -> Company:
        """The same company up to now, whose future luck comes from `seed`: the same in every fork of a seed."""
        return Company(self.market.fork(Coupled(np.random.default_rng(seed))), copy(self.weeks), self.campaigns)

    def seen(self) -> pd.DataFrame:
        """What is on record of each customer at the beginning of the next week."""
        return observables(self.market.traits, history(self.weeks, self.customers))

    def known(self) -> Flags:
        """Who has signed up."""
        return np.asarray(self.market.traits.arrives < self.week)

    def allowed(self) -> Flags:
        """(n, K): who may be contacted with what: known, not contacted within CAP_WEEKS, on an allowed channel."""
        rested = np.ones(self.customers, dtype=bool)
        for week in self.weeks[-(CAP_WEEKS - 1) :]:
            rested &= week.action == NOTHING
        return self.market.consents[:, self.catalogue.channel] & (rested & self.known())[:, None]

    def live(self, action: Index) -> Week:
        """Live the next week after `action` (n,), positions in the catalogue's."""
        self.weeks.append(self.market.step(self.week, action))
        return self.weeks[-1]


def begin(setting: Setting, history_weeks: int) -> Company:
    """The company of `setting` after `history_weeks` of campaigns; with those to come they are `setting.weeks`.

    Deterministic by `setting.seed`.
    """
    lives, chosen = (np.random.default_rng(child) for child in np.random.SeedSequence(setting.seed).spawn(2))
    traits = draw(setting.customers, lives, setting.weeks, setting.drifts)
    market = Market(traits, Coupled(lives), setting.drifts, catalogue=setting.catalogue)
    lived = live(market, Plan(setting.log, catalogue=setting.catalogue), history_weeks, chosen)
    return Company(market, lived.weeks, lived.campaigns)
