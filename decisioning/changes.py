"""Changed inputs of a decision: another lever, cost or probability of one action, and all else as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import Effect
from decisioning.candidates import Candidate
from decisioning.decide import decide
from decisioning.decision import Decision
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.shortlist import Shortlist

Of = Literal["lever", "cost", "p_accept"]
Vector = NDArray[np.float64]
NOTHING_AT = -1  # the position of nothing, where others are positions in the menu's actions
DECIMALS = 9  # of a changed cost: 3.99 - 0.79 is 3.2


@dataclass(frozen=True, slots=True)
class Inputs:
    """What `decide` was given, but for the generator, which draws after the ranking that is asked about."""

    shortlist: Shortlist
    p_accept: Sequence[float] | None
    effects: Sequence[Effect] | None
    value_at_stake: float | None
    item_count: int = 1

    def decided(self) -> Decision:
        """The decision on these inputs; what exploration draws is not the stored decision's."""
        return decide(
            self.shortlist,
            self.p_accept,
            np.random.default_rng(0),
            item_count=self.item_count,
            value_at_stake=self.value_at_stake,
            effects=self.effects,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """`amount` more of a lever or cost, in currency, or of a p_accept, of the action at a position of the menu.

    A lever on NOTHING_AT is one on every action there is, as nothing has none of its own. A cost is the offer's, so
    that it changes on every channel.
    """

    of: Of
    at: int
    amount: float


def changed(inputs: Inputs, change: Change) -> Inputs:
    """The inputs after `change`."""
    listed = inputs.shortlist
    if change.of == "p_accept":
        given = inputs.p_accept or ()
        pairs = zip(listed.index, given, strict=True)
        return replace(inputs, p_accept=[after(p, change) if at == change.at else p for at, p in pairs])
    if change.of == "lever":
        return replace(inputs, shortlist=replace(listed, menu=_levered(listed.menu, change)))
    offer = listed.menu.actions[change.at].offer
    if offer is None:
        raise ValueError("nothing has no cost to change")
    menu = with_cost(listed.menu, offer.offer_id, after(offer.cost, change))
    return replace(inputs, shortlist=replace(listed, menu=menu))


def after(value: float, change: Change) -> float:
    """The cost or probability that `value` becomes; a probability stays within 0 to 1."""
    if change.of == "p_accept":
        return min(1.0, max(0.0, value + change.amount))
    return round(value + change.amount, DECIMALS)


def with_cost(menu: Menu, offer_id: str, cost: float) -> Menu:
    """The menu with another cost of one offer: the same as `Menu.of` on the catalogue changed so."""
    places = [at for at, action in enumerate(menu.actions) if action.key[0] == offer_id]
    offers = {offer.offer_id: replace(offer, cost=cost) for offer in menu.offers if offer.offer_id == offer_id}
    actions, costs = list(menu.actions), menu.cost.copy()
    fixed, per_acceptance = menu.fixed.copy(), menu.per_acceptance.copy()
    costs[places] = cost
    for at in places:
        actions[at] = Candidate(offers[offer_id], menu.actions[at].channel)
        for row, budget in enumerate(menu.budgets):
            uses = budget.use(offers[offer_id], menu.actions[at].channel or "", float(menu.contact_cost[at]))
            fixed[row, at], per_acceptance[row, at] = uses
    after_it: tuple[Offer, ...] = tuple(offers.get(offer.offer_id, offer) for offer in menu.offers)
    return replace(
        menu, offers=after_it, actions=tuple(actions), cost=costs, fixed=fixed, per_acceptance=per_acceptance
    ).under(menu.prices)


def _levered(menu: Menu, change: Change) -> Menu:
    levers: Vector = menu.lever.copy()
    if change.at == NOTHING_AT:
        levers += change.amount
    else:
        levers[change.at] += change.amount
    return replace(menu, lever=levers)


def first(decision: Decision) -> int:
    """The position of what comes first before exploration: rank 1, or the fallback where it stands in."""
    if decision.fallback:
        return int(decision.index.max())
    return int(decision.index[0])
