"""A decision: every candidate by rank with each term of its worth, and what is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import Effect, Evidence, Terms
from decisioning.arms import Arm
from decisioning.candidates import NOTHING, Candidate
from decisioning.shortlist import Filtered, Shortlist

Vector = NDArray[np.float64]
Index = NDArray[np.intp]


class Factors(NamedTuple):
    """The terms of one net value, as they are logged.

    `p_accept` and the uplifts are probabilities; all other numbers are in the workspace's currency. `margin` is what an
    acceptance brings, `margin_uplift` what the offer adds to the margin of the horizon. `effect_value` is what the
    effect counts for in the net value, None where none counts. None is "not known".
    """

    p_accept: float
    uplift: float | None
    uplift_low: float | None
    uplift_high: float | None
    evidence: Evidence
    value_at_stake: float | None
    margin: float
    cost: float
    contact_cost: float
    lever: float
    preference: float
    shadow_cost: float
    net_value: float
    effect_value: float | None = None
    margin_uplift: float | None = None
    margin_uplift_low: float | None = None
    margin_uplift_high: float | None = None


NO_FACTORS = Factors(0.0, None, None, None, "none", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Ranked(NamedTuple):
    """A candidate with its worth: `rank` 1 comes first, before exploration.

    `selection_probability` is the chance that the arm's rule had of putting this candidate first.
    """

    candidate: Candidate
    factors: Factors
    rank: int
    selection_probability: float


@dataclass(frozen=True)
class Decision:
    """The answer to one request. Columns hold every candidate (k,), by rank; nothing is position -1 in `index`.

    `slots` are the places, by rank, of what is done, first slot first: at least one, no offer twice, and nothing only
    alone. `filtered` is what could not be done. `uses` is what the slots use of each budget.
    """

    shortlist: Shortlist
    index: Index
    terms: Terms
    effects: tuple[Effect, ...]
    value_at_stake: float | None
    probabilities: Vector
    slots: tuple[int, ...]
    filtered: tuple[Filtered, ...]
    uses: Mapping[str, float]

    @property
    def arm(self) -> Arm:
        """Whose rule decided."""
        return self.shortlist.arm

    @property
    def fallback(self) -> bool:
        """Whether every other offer was filtered, so that the policy's fallback is made whatever it is worth."""
        return self.shortlist.menu.only_fallback(self.index)

    @cached_property
    def ranked(self) -> tuple[Ranked, ...]:
        """Every candidate by rank."""
        return tuple(self._ranked(place) for place in range(len(self.index)))

    @cached_property
    def chosen(self) -> tuple[Ranked, ...]:
        """What to do, first slot first."""
        return tuple(self._ranked(place) for place in self.slots)

    @property
    def ranked_by(self) -> Literal["uplift", "acceptance"]:
        """What the order rests on: "acceptance" where no effect counted, or the arm's rule asks for none."""
        if self.arm == "acceptance" or bool(np.isnan(self.terms.effect_value).all()):
            return "acceptance"
        return "uplift"

    def candidate(self, place: int) -> Candidate:
        """The candidate at a rank, counted from 0."""
        at = int(self.index[place])
        return NOTHING if at < 0 else self.shortlist.menu.actions[at]

    def _ranked(self, place: int) -> Ranked:
        candidate = self.candidate(place)
        factors = NO_FACTORS if candidate is NOTHING else self._factors(place)
        return Ranked(candidate, factors, place + 1, float(self.probabilities[place]))

    def _factors(self, place: int) -> Factors:
        terms, effect = self.terms, self.effects[place]
        effect_value = float(terms.effect_value[place])
        return Factors(
            p_accept=float(terms.p_accept[place]),
            uplift=effect.uplift,
            uplift_low=effect.low,
            uplift_high=effect.high,
            evidence=effect.evidence,
            value_at_stake=self.value_at_stake,
            margin=float(self.shortlist.menu.margin[self.index[place]]),
            cost=float(terms.cost[place]),
            contact_cost=float(terms.contact_cost[place]),
            lever=float(terms.lever[place]),
            preference=float(terms.preference[place]),
            shadow_cost=float(terms.shadow_cost[place]),
            net_value=float(terms.net_value[place]),
            effect_value=None if np.isnan(effect_value) else effect_value,
            margin_uplift=effect.margin,
            margin_uplift_low=effect.margin_low,
            margin_uplift_high=effect.margin_high,
        )
