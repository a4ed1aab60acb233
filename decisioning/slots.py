"""The slots of a decision: what is made at once, in the order that ranking and the draw give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from decisioning.budgets import SLACK
from decisioning.contact_policy import Stage, contact_stages
from decisioning.eligibility import Contact
from decisioning.exploration import draw
from decisioning.shortlist import Shortlist

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.intp]


def in_turn(shortlist: Shortlist, chances: Vector, rng: np.random.Generator) -> tuple[int, ...]:
    """Places to fill slots from: one drawn by `chances` (k,), then all by rank, or in the arm `random` as drawn."""
    first = draw(chances, rng)
    others = rng.permutation(len(chances)).tolist() if shortlist.arm == "random" else range(len(chances))
    return (first, *others)


def fill(
    shortlist: Shortlist, at: Index, uses: Matrix, *, places: Sequence[int], item_count: int
) -> tuple[tuple[int, ...], Mapping[str, float]]:
    """The slots, from `places` until nothing comes, and what they use of each budget in all: no more than is left.

    `at` (k,) are positions in the menu's actions, nothing at -1, and `uses` (B, k) what each uses of budgets; slots are
    of `places` in them. No offer is made twice, and what is made at once passes no cap.
    """
    slots, used = dict[str, int](), dict[str, float]()
    full: Stage | None = None
    for place in places:
        if at[place] < 0 or len(slots) == item_count:
            break
        candidate = shortlist.menu.actions[at[place]]
        offer, channel = candidate.offer, candidate.channel
        if offer is None or channel is None or offer.offer_id in slots or (full and full(offer, channel)):
            continue
        together = _together(shortlist, uses[:, place].tolist(), used)
        if together is not None:
            slots[offer.offer_id], used = place, together
            full = _full(shortlist, [at[one] for one in slots.values()]) if item_count > 1 else None
    return tuple(slots.values()) or (places[0],), used


def _together(shortlist: Shortlist, use: Sequence[float], uses: Mapping[str, float]) -> dict[str, float] | None:
    """`uses` and the `use` (B,) of one more action; None where a budget lacks it."""
    found = dict(uses)
    for budget, more in zip(shortlist.menu.budgets, use, strict=True):
        if more:
            found[budget.name] = found.get(budget.name, 0.0) + more
            if found[budget.name] > max(0.0, shortlist.left.get(budget.name, inf)) + SLACK:
                return None
    return found


def _full(shortlist: Shortlist, made: Sequence[int]) -> Stage | None:
    """What the caps refuse once the actions at the positions `made` are contacts too."""
    given, actions = shortlist.given, [shortlist.menu.actions[at] for at in made]
    if given is None or not shortlist.menu.rules.caps:
        return None
    now = [
        Contact(one.offer.offer_id, one.offer.kind, one.channel, given.now)
        for one in actions
        if one.offer and one.channel
    ]
    return contact_stages(shortlist.menu.rules.caps, (), replace(given, contacts=(*given.contacts, *now)))
