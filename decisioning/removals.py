"""What is taken out of a shortlist once it is scored: who is better left alone, and what budgets lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import Effect
from decisioning.budgets import SLACK
from decisioning.policy import DoNotDisturb
from decisioning.shortlist import Filtered, Shortlist

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.intp]


def removals(shortlist: Shortlist, at: Index, effects: Sequence[Effect], uses: Matrix) -> Mapping[int, Filtered]:
    """What its scores forbid, by place: who would be disturbed, unless the arm asks no model; what budgets lack.

    `at` (k,) are positions in the menu's actions, each with its effect and what it `uses` of budgets (B, k).
    """
    found = dict[int, Filtered]()
    careful = shortlist.menu.rules.do_not_disturb if shortlist.arm in ("policy", "no_levers") else "off"
    if careful != "off":
        for place in (_judged(effects, careful) < 0).nonzero()[0].tolist():
            reason = _disturbs(effects[place])
            found[place] = _filtered(shortlist, at[place], "do_not_disturb", reason)
    budgets, left = shortlist.menu.budgets, shortlist.left
    most = np.array([max(0.0, left.get(budget.name, inf)) + SLACK for budget in budgets])  # NaN is none
    lacking = uses > most[:, None]
    if lacking.any():
        for row, place in np.argwhere(lacking).tolist():
            budget, use = budgets[row], uses[row, place]
            reason = f"{budget.name}: {left[budget.name]:,.2f} left of {budget.limit:,.2f}, {use:,.2f} needed"
            found.setdefault(place, _filtered(shortlist, at[place], "budget", reason))
    return found


def _filtered(shortlist: Shortlist, at: int, stage: str, reason: str) -> Filtered:
    offer_id, channel = shortlist.menu.actions[at].key
    return Filtered(offer_id, channel, stage, reason)


def _judged(effects: Sequence[Effect], careful: DoNotDisturb) -> Vector:
    """What must not be below 0 (k,): of the uplift, or where that is not known of that on margin; NaN if unknown."""
    if careful == "certain":
        ends = [one.high if one.uplift is not None else one.margin_high for one in effects]
    else:
        ends = [one.uplift if one.uplift is not None else one.margin for one in effects]
    return np.array(ends, dtype=np.float64)


def _disturbs(effect: Effect) -> str:
    """Why the customer is better left alone with an offer."""
    on_margin = effect.uplift is None
    on_retention = (effect.uplift, effect.low, effect.high)
    uplift, low, high = (effect.margin, effect.margin_low, effect.margin_high) if on_margin else on_retention
    interval = "" if low is None or high is None else f" ({low:+.3g} to {high:+.3g})"
    return f"better left alone: {'margin ' if on_margin else ''}uplift {uplift:+.3g}{interval}"
