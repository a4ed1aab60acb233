"""What would flip a decision: the least change of one number after which another candidate comes first.

All else stays as it is. Scores and uses of budgets are linear in a lever, a cost or a p_accept, so that who comes first
can change only where two lines cross or a budget no longer has what is needed. The values next to those places are
looked at, nearest first; what is answered has been decided again with the changed input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil, floor, inf, isfinite
from typing import Literal, NamedTuple

from decisioning.budgets import SLACK
from decisioning.candidates import NOTHING, Candidate
from decisioning.changes import NOTHING_AT, Change, Inputs, Of, after, changed, first
from decisioning.decision import Decision

OFS: tuple[Of, ...] = ("lever", "cost", "p_accept")
STEPS = {"lever": 100, "cost": 100, "p_accept": 10_000}  # of one unit: "least" is meant to one step
NEAR = 1e-6  # of a step: a crossing closer to one may be on either side of it, by rounding
FARTHEST = 1e9  # steps: no policy holds such a number
Makes = Literal["win", "lose"]
WORDS = {"lever": "no lever does", "cost": "no cost does", "p_accept": "no probability does"}


@dataclass(frozen=True, slots=True)
class Flip:
    """The least `change` of one number `of` a candidate that makes it come first, or, where it is first, lose that.

    `to` is the cost or probability it becomes. A lever is added to those there are; of nothing, it is one on every
    offer. `then` comes first afterwards. Where no change does it, all three are None and `infeasible` says why.
    `verified` says that deciding again with the change did it.
    """

    candidate: Candidate
    makes: Makes
    of: Of
    change: float | None
    to: float | None
    then: Candidate | None
    infeasible: str | None
    verified: bool


class Line(NamedTuple):
    """A candidate as one number changes by t: its score is score + slope x t, ties go to the lowest `order`.

    `uses` are (use, slope, most) of budgets, which must have what it needs: use + slope x t <= most.
    """

    at: int
    order: int
    score: float
    slope: float
    uses: tuple[tuple[float, float, float], ...] = ()

    def stands(self, t: float) -> bool:
        """Whether budgets have what it needs."""
        return all(use + slope * t <= most for use, slope, most in self.uses)


def flips(inputs: Inputs, decision: Decision) -> tuple[Flip, ...]:
    """Three flips for each candidate, nothing and those that budgets lack among them, by what they are ranked by.

    Raises ValueError for an arm in which no number decides.
    """
    if decision.arm in ("random", "holdout"):
        raise ValueError(f"in the arm {decision.arm} no number decides")
    search = _Search(inputs, decision)
    return tuple(search.flip(of, at) for at in search.candidates for of in OFS)


class _Search:
    def __init__(self, inputs: Inputs, decision: Decision) -> None:
        self._inputs = inputs
        self._menu = inputs.shortlist.menu
        self._first = first(decision)
        self._stands_in = decision.fallback
        # What budgets lack now they may have at a lower cost, so that it is compared too.
        self._whole = replace(inputs, shortlist=replace(inputs.shortlist, left={})).decided()
        self._place = {int(at): place for place, at in enumerate(self._whole.index)}
        self._limited = [row for row, one in enumerate(self._menu.budgets) if one.name in inputs.shortlist.left]
        self._lines = {at: self._line(at) for at in self._place}

    @property
    def candidates(self) -> tuple[int, ...]:
        """Positions in the menu."""
        return tuple(self._place)

    def flip(self, of: Of, at: int) -> Flip:
        """The flip of one number of the candidate at a position."""
        if why := self._never(of, at):
            return self._infeasible(of, at, why)
        lines, alone = self._moved(of, at)
        breaks = [t for t in _breaks(lines) if abs(t) * STEPS[of] < FARTHEST]
        low, high = self._bounds(of, at)
        beyond: list[float] = []
        for amount in _amounts(breaks, STEPS[of], (low, high)):
            leader = _leader(lines, amount, self._menu.fallback if alone else None)
            does = (leader == at) is (at != self._first)
            within = low <= amount <= high
            # Where two lines meet, rounding may have it either way: there only deciding again tells.
            if within and (does or any(abs(amount - t) * STEPS[of] < NEAR for t in breaks)):
                if found := self._again(of, at, amount):
                    return found
            elif does:
                beyond.append(amount)
        return self._infeasible(of, at, self._why_not(of, at, beyond))

    def _again(self, of: Of, at: int, amount: float) -> Flip | None:
        """The flip, if it is one when decided again."""
        change = Change(of, at, amount)
        then = first(changed(self._inputs, change).decided())
        if (then == at) is not (at != self._first):
            return None
        to = None if of == "lever" else after(self._value(of, at), change)
        return Flip(self._candidate(at), self._makes(at), of, amount, to, self._candidate(then), None, True)

    def _infeasible(self, of: Of, at: int, why: str) -> Flip:
        return Flip(self._candidate(at), self._makes(at), of, None, None, None, why, False)

    def _makes(self, at: int) -> Makes:
        return "lose" if at == self._first else "win"

    def _never(self, of: Of, at: int) -> str | None:
        """Why no change of the number can matter at all."""
        if at == NOTHING_AT and of != "lever":
            return "nothing costs nothing" if of == "cost" else "nothing is not accepted"
        if len(self._place) == 1:
            return "nothing else may be done"
        if of == "lever" and self._stands_in:
            return "the fallback is made whatever it is worth"
        if of == "lever" and self._whole.arm in ("acceptance", "no_levers"):
            return "this arm's rule does without levers"
        return None

    def _why_not(self, of: Of, at: int, beyond: Sequence[float]) -> str:
        """Why no allowed value does it; `beyond` would, were they allowed."""
        if beyond and of == "cost":
            return f"would need a negative cost: {self._value(of, at) + beyond[0]:,.2f}"
        if beyond:
            needed = self._value(of, at) + beyond[0]
            return f"{WORDS[of]}: {'not even 0' if needed < 0 else f'it would have to be {needed:.4g}'}"
        if self._stands_in and at == self._first:
            return f"{WORDS[of]}: the fallback is made whatever it is worth"
        if of == "cost" and self._whole.arm == "acceptance":
            return f"{WORDS[of]}: this arm ranks by p_accept alone"
        if at != self._first and not self._lines[at].stands(0.0):
            return f"{WORDS[of]}: budgets lack what it needs"
        if of == "cost" and at != self._first and len(self._siblings(at)) > 1 and self._moving(at, of).slope:
            return f"{WORDS[of]}: it would be made on another channel"
        return WORDS[of]

    def _moved(self, of: Of, at: int) -> tuple[list[Line], bool]:
        """The lines that a change moves, and of the others the one that comes first, and the fallback's.

        And whether none of the others may be made but the fallback, which then stands in unless one that moves may.
        """
        moved = [at]
        if of == "lever" and at == NOTHING_AT:
            moved = [one for one in self._place if one != NOTHING_AT]
        elif of == "cost":
            moved = self._siblings(at)
        others = [line for one, line in self._lines.items() if one not in moved]
        lines = [self._moving(one, of) for one in moved]
        if of == "lever":  # all rise alike, and none needs more of a budget
            return [*_best(lines), *_best(others)], False
        offers = {line.at for line in others if line.at != NOTHING_AT and line.stands(0.0)}
        fallback = [line for line in others if line.at == self._menu.fallback]
        return [*lines, *dict.fromkeys((*_best(others), *fallback))], offers <= {self._menu.fallback}

    def _siblings(self, at: int) -> list[int]:
        """The same offer on all its channels."""
        offer_id = self._candidate(at).key[0]
        return [one for one in self._place if self._candidate(one).key[0] == offer_id]

    def _moving(self, at: int, of: Of) -> Line:
        """The line of a candidate whose number changes."""
        line = self._lines[at]
        if at == NOTHING_AT or of == "lever":
            return line._replace(slope=0.0 if at == NOTHING_AT else 1.0)
        using = self._using(at, of)
        uses = tuple((use, using[row], most) for (use, _, most), row in zip(line.uses, self._limited, strict=True))
        return line._replace(slope=self._slope(at, of, using), uses=uses)

    def _line(self, at: int) -> Line:
        """The line of a candidate while another's number changes."""
        place, arm, order = self._place[at], self._whole.arm, int(self._menu.order[at])
        if at == NOTHING_AT:
            return Line(at, order, -inf if arm == "acceptance" else 0.0, 0.0)
        terms = self._whole.terms
        score = {
            "acceptance": float(terms.p_accept[place]),
            "no_levers": float(terms.net_value[place]) - float(terms.lever[place]),
        }.get(arm, float(terms.net_value[place]))
        return Line(at, order, score, 0.0, self._uses(at))

    def _uses(self, at: int) -> tuple[tuple[float, float, float], ...]:
        menu, left = self._menu, self._inputs.shortlist.left
        used = menu.fixed[self._limited, at] + menu.per_acceptance[self._limited, at] * self._p_accept(at)
        most = [max(left[menu.budgets[row].name], 0.0) + SLACK for row in self._limited]
        return tuple((use, 0.0, limit) for use, limit in zip(used.tolist(), most, strict=True))

    def _slope(self, at: int, of: Of, using: Sequence[float]) -> float:
        """How what ranks an action changes with its cost or p_accept."""
        terms, place = self._whole.terms, self._place[at]
        if self._whole.arm == "acceptance":
            return 1.0 if of == "p_accept" else 0.0
        prices = self._menu.prices.by_budget
        shadow = sum(prices.get(one.name, 0.0) * use for one, use in zip(self._menu.budgets, using, strict=True))
        if of == "p_accept":
            return float(terms.margin[place] - terms.cost[place]) - shadow
        return -float(terms.p_accept[place]) - shadow

    def _using(self, at: int, of: Of) -> Sequence[float]:
        """How the use of each budget changes with the cost or p_accept of an action."""
        if of == "p_accept":
            accepted: list[float] = self._menu.per_acceptance[:, at].tolist()
            return accepted
        offer, channel = self._candidate(at).offer, self._candidate(at).channel
        if offer is None or channel is None:
            raise ValueError("nothing uses no budget")
        free, one = replace(offer, cost=0.0), replace(offer, cost=1.0)
        pairs = [(each.use(free, channel, 0.0), each.use(one, channel, 0.0)) for each in self._menu.budgets]
        p_accept = self._p_accept(at)
        return [after[0] - before[0] + (after[1] - before[1]) * p_accept for before, after in pairs]

    def _p_accept(self, at: int) -> float:
        return float(self._whole.terms.p_accept[self._place[at]])

    def _bounds(self, of: Of, at: int) -> tuple[float, float]:
        """The least and the largest change that leaves a cost or probability."""
        if of == "lever":
            return -inf, inf
        value = self._value(of, at)
        return -value, inf if of == "cost" else 1.0 - value

    def _value(self, of: Of, at: int) -> float:
        terms = self._whole.terms
        return float((terms.cost if of == "cost" else terms.p_accept)[self._place[at]])

    def _candidate(self, at: int) -> Candidate:
        return NOTHING if at == NOTHING_AT else self._menu.actions[at]


def _best(lines: Iterable[Line]) -> list[Line]:
    """The one that comes first as things are, if any may."""
    return sorted((line for line in lines if line.stands(0.0)), key=lambda line: (-line.score, line.order))[:1]


def _leader(lines: Iterable[Line], t: float, fallback: int | None) -> int:
    """Who comes first after a change by `t`; where nothing else may be made, the `fallback`."""
    standing = [line for line in lines if line.stands(t)]
    if fallback is not None and {line.at for line in standing} - {NOTHING_AT} == {fallback}:
        return fallback
    return max(standing, key=lambda line: (line.score + line.slope * t, -line.order)).at


def _breaks(lines: Sequence[Line]) -> Iterator[float]:
    """Changes at which the order of two lines or what budgets have for one may change."""
    for one, other in combinations(lines, 2):
        if one.slope != other.slope and isfinite(one.score) and isfinite(other.score):
            yield (other.score - one.score) / (one.slope - other.slope)
    for line in lines:
        for use, slope, most in line.uses:
            if slope:
                yield (most - use) / slope


def _amounts(breaks: Iterable[float], steps: int, bounds: tuple[float, float]) -> list[float]:
    """Whole steps on both sides of each of `breaks`, and the bounds, the smallest change first."""
    around = {at + beside for t in breaks for at in (floor(t * steps), ceil(t * steps)) for beside in (-1, 0, 1)}
    ends = [end for end in bounds if isfinite(end) and end]
    return sorted([*(step / steps for step in around if step), *ends], key=lambda t: (abs(t), t))
