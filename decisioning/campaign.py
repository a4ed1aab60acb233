"""A campaign: everybody decided for at once, by the arithmetic of single decisions, within budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.allocate import allocate
from decisioning.allocation import CHUNK, NOTHING, Allocation, Limit, Problem, Progress
from decisioning.arbitration import Terms, weigh
from decisioning.audience import ARMS, Apart, Audience, set_apart
from decisioning.budgets import Prices
from decisioning.fallback import Fallback, stand_in
from decisioning.menu import Menu

Vector = NDArray[np.float64]
Numbers = NDArray[np.floating]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Decided:
    """What is done for each of n customers: `choice` (n,) is an action or NOTHING.

    `selection_probability` (n,) is the chance that the arm's rule had of this, `propensity` (n,) the chance before the
    customer's arm was drawn. `candidates` (n,) could have been chosen, nothing among them. `value` (n,) is net, without
    shadow prices; `allocation` is the policy's part of the customers, `fallback` who got it, as every other offer was
    filtered.
    """

    choice: Index
    selection_probability: Vector
    propensity: Vector
    candidates: Index
    value: Vector
    allocation: Allocation
    fallback: Fallback

    @property
    def left(self) -> Mapping[str, float]:
        """What is still unused of budgets, by name."""
        return self.fallback.left

    @property
    def prices(self) -> Mapping[str, float]:
        """The shadow prices found, by budget."""
        return self.allocation.prices


def run(
    audience: Audience,
    menu: Menu,
    left: Mapping[str, float],
    rng: np.random.Generator,
    progress: Progress = lambda _: None,
) -> Decided:
    """Decide for everybody within what is `left` of the menu's budgets, by name; one not named has no limit.

    Who explores, and the arms of random and acceptance, come first, each within its share of the customers of every
    budget, so that arms can be compared; the rest is allocated over those whom a rule that looks at worth decides for.
    Exploration is by epsilon here: prices settle what Thompson sampling would explore. The fallback comes last, within
    what is left; who explores draws it like any other offer, and so does the arm of random.
    """
    progress("weighing every action for everybody")
    net = _net(audience, menu)
    worth = _worth(audience, menu, net)
    apart = set_apart(audience, menu, left, rng)
    free, choice = apart.free, apart.choice.copy()
    problem = Problem(worth[free], audience.p_accept[free], _limits(menu, apart.left))
    found = allocate(problem, progress)
    choice[free] = found.choice
    unused = {name: one - found.used.get(name, 0.0) for name, one in apart.left.items()}
    last = stand_in(audience, menu, free[found.choice == NOTHING], unused, rng)
    choice[last.given] = last.at
    progress("settling how likely each choice was")
    own, over_arms = _Chances(audience, menu, net, apart, found, last).of(choice)
    rows = np.flatnonzero(choice != NOTHING)
    value = np.zeros(len(audience))
    value[rows] = net[rows, choice[rows]]
    return Decided(choice, own, over_arms, apart.candidates, value, found, last)


def terms_of(audience: Audience, menu: Menu, rows: Index, actions: Index, prices: Prices) -> Terms:
    """The terms of one action (m,) for each of the customers `rows` (m,), at `prices`."""
    priced = menu.under(prices)
    preference = audience.preference
    added = np.broadcast_to(preference, audience.possible.shape)[rows, actions].astype(np.float64)
    p_accept, effect = (
        values[rows, actions].astype(np.float64) for values in (audience.p_accept, audience.effect_value)
    )
    return weigh(priced.take(actions), p_accept, effect, menu.rules.effect_on, added)


def _net(audience: Audience, menu: Menu) -> Numbers:
    """Net values (n, K) without shadow prices, -inf where an action may not be made."""
    net = np.full(audience.possible.shape, -np.inf, dtype=audience.p_accept.dtype)
    free, effect_on = menu.under(Prices()), menu.rules.effect_on
    preference = np.broadcast_to(audience.preference, net.shape)
    for start in range(0, len(net), CHUNK):  # terms are kept for a piece at a time
        rows = slice(start, start + CHUNK)
        terms = weigh(free, audience.p_accept[rows], audience.effect_value[rows], effect_on, preference[rows])
        np.copyto(net[rows], terms.net_value, where=audience.possible[rows], casting="same_kind")
    return net


def _worth(audience: Audience, menu: Menu, net: Numbers) -> Numbers:
    """What the rules that look at worth see (n, K): without levers in the arm without, nobody disturbed."""
    worth = np.where(audience.disturbs, -np.inf, net).astype(net.dtype)
    without = audience.arm == ARMS.index("no_levers")
    if menu.lever.any() and without.any():
        worth[without] -= menu.lever.astype(net.dtype)
    return worth


def _limits(menu: Menu, remaining: Mapping[str, float]) -> tuple[Limit, ...]:
    return tuple(
        Limit(budget.name, remaining[budget.name], menu.fixed[row], menu.per_acceptance[row])
        for row, budget in enumerate(menu.budgets)
        if budget.name in remaining
    )


@dataclass(frozen=True)
class _Chances:
    """How likely each choice was, within the arm and over arms."""

    audience: Audience
    menu: Menu
    net: Numbers
    apart: Apart
    found: Allocation
    last: Fallback

    def of(self, choice: Index) -> tuple[Vector, Vector]:
        """(selection probability (n,), propensity (n,)) of what was chosen.

        What the policy would have put first is what it was allocated, or for whom it was not asked, the best at the
        prices found.
        """
        arms, apart = self.menu.rules.arms, self.apart
        by_arm = {
            "policy": self._explored(choice, self._by_worth(choice, lever=True)),
            "no_levers": self._explored(choice, self._by_worth(choice, lever=False)),
            "acceptance": self._explored(choice, np.asarray(choice == apart.likeliest, dtype=np.float64)),
            "random": apart.evenly(choice, self.audience.possible, apart.served_random),
            "holdout": (choice == NOTHING).astype(np.float64),
        }
        own = np.choose(self.audience.arm, [by_arm[arm] for arm in ARMS])
        over_arms = sum((arms.share(arm) * by_arm[arm] for arm in ARMS), np.zeros(len(choice)))
        return np.asarray(own), over_arms

    def _explored(self, choice: Index, by_rule: Vector) -> Vector:
        """The chance of `choice` where the rule's (n,) is `by_rule`, unless the draw is even."""
        apart = self.apart
        return (1.0 - apart.mixed) * by_rule + apart.mixed * apart.evenly(
            choice, self.audience.possible, apart.served_exploring
        )

    def _by_worth(self, choice: Index, *, lever: bool) -> Vector:
        """The chance of `choice` where the best comes first, and in place of nothing the fallback where it is left."""
        first = self._greedy(lever=lever)
        return self.last.in_place(choice, first, np.asarray(choice == first, dtype=np.float64))

    def _greedy(self, *, lever: bool) -> Index:
        """What comes first for everybody at the prices found, with levers or without."""
        worth = np.where(self.audience.disturbs, -np.inf, self.net).astype(self.net.dtype)
        if not lever:
            worth = worth - self.menu.lever.astype(worth.dtype)
        priced = self.menu.under(Prices(by_budget=self.found.prices))
        worth = worth - priced.shadow_fixed.astype(worth.dtype)
        worth -= priced.shadow_accepted.astype(worth.dtype) * self.audience.p_accept
        best = worth.argmax(axis=1)
        first = np.where(worth[np.arange(len(worth)), best] > 0, best, NOTHING)
        free = self.apart.free
        own = self.audience.arm[free] == ARMS.index("policy" if lever else "no_levers")
        first[free[own]] = self.found.choice[own]
        return first
