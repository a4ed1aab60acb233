"""Questions to a decision: why this, why not that, and what would flip it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from decisioning.candidates import NOTHING, Candidate
from decisioning.changes import NOTHING_AT, Inputs, first
from decisioning.comparisons import Comparison, comparisons
from decisioning.decision import Decision
from decisioning.flips import Flip, flips

How = Literal["rule", "exploration", "random", "holdout", "fallback"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What can be said of a decision from its own numbers.

    `first` comes first before exploration, None in an arm in which no number decides who does; `how` is what put the
    first slot where it is. `against` compares it with every other candidate, by rank. `flips` are empty where
    `no_flips` says why. What was filtered, at which stage and by which rule, is the decision's own trail.
    """

    first: Candidate | None
    how: How
    against: tuple[Comparison, ...]
    flips: tuple[Flip, ...]
    no_flips: str | None


def explain(inputs: Inputs, decision: Decision) -> Explanation:
    """Answer all questions to `decision`, which was made from `inputs`."""
    if decision.arm == "random":
        return Explanation(None, "random", (), (), "drawn at random among all that may be done: no number decides")
    if decision.arm == "holdout":
        return Explanation(None, "holdout", (), (), "held out, never treated: no number decides")
    at = first(decision)
    best = NOTHING if at == NOTHING_AT else decision.shortlist.menu.actions[at]
    return Explanation(best, _how(decision, at), comparisons(decision), flips(inputs, decision), None)


def _how(decision: Decision, at: int) -> How:
    if decision.fallback:
        return "fallback"
    return "rule" if int(decision.index[decision.slots[0]]) == at else "exploration"
