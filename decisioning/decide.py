"""From a shortlist to a decision, once the models have scored what is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import UNKNOWN_EFFECT, Effect, Terms, effect_values, standard_errors, weigh
from decisioning.decision import Decision
from decisioning.exploration import greedy, selection_probabilities, thompson
from decisioning.removals import removals
from decisioning.shortlist import Filtered, Shortlist
from decisioning.slots import fill, in_turn

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.intp]


def decide(
    shortlist: Shortlist,
    p_accept: Sequence[float] | Vector | None,
    rng: np.random.Generator,
    *,
    item_count: int = 1,
    value_at_stake: float | None = None,
    effects: Sequence[Effect] | None = None,
) -> Decision:
    """Rank the shortlist by the arm's rule, explore, and fill up to `item_count` >= 1 slots.

    `p_accept`, and `effects` where there are any, hold one per candidate of `shortlist.to_score`; where `p_accept` is
    None, as no model answers, nothing is the only candidate. `value_at_stake` is the customer's, in currency. What
    ranks below nothing is chosen only where exploration puts it first, or it is the policy's fallback and all that is
    left; the arm `random` draws every slot. Raises ValueError on another length, on a p_accept outside 0 to 1 and on a
    value at stake that is not finite, so that no doubtful number decides.
    """
    _refuse_doubtful(item_count, value_at_stake)
    given = _given(shortlist, p_accept, effects)
    removed = removals(shortlist, given.at, given.effects, given.uses)
    ranked = _ranked(shortlist, given, removed, value_at_stake)
    chances, at = _chances(shortlist, ranked, value_at_stake), ranked.given.at
    places = in_turn(shortlist, chances, rng)
    slots, uses = fill(shortlist, at, ranked.given.uses, places=places, item_count=item_count)
    return Decision(
        shortlist=shortlist,
        index=at,
        terms=ranked.terms,
        effects=ranked.given.effects,
        value_at_stake=value_at_stake,
        probabilities=chances,
        slots=slots,
        filtered=(*shortlist.filtered, *removed.values()),
        uses=uses,
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """What is known of k candidates; nothing among them is at position -1, is not accepted and uses no budget.

    `order` (k,) settles ties, `uses` (B, k) are of budgets.
    """

    at: Index
    order: Index
    p_accept: Vector
    effects: tuple[Effect, ...]
    uses: Matrix

    def take(self, places: Index) -> _Given:
        """Some of the candidates, in the order of `places`."""
        effects = tuple([self.effects[place] for place in places.tolist()])
        return _Given(self.at[places], self.order[places], self.p_accept[places], effects, self.uses[:, places])


def _refuse_doubtful(item_count: int, value_at_stake: float | None) -> None:
    if item_count < 1:
        raise ValueError(f"item_count is {item_count}; at least 1 is allowed")
    if value_at_stake is not None and not isfinite(value_at_stake):
        raise ValueError(f"value_at_stake is {value_at_stake}; a finite number is allowed")


def _given(shortlist: Shortlist, p_accept: Sequence[float] | Vector | None, effects: Sequence[Effect] | None) -> _Given:
    """The candidates, nothing last. Without acceptances there are no others."""
    count = 0 if p_accept is None else len(shortlist.index)
    probabilities = _checked(() if p_accept is None else p_accept, count)
    known: Sequence[Effect] = (UNKNOWN_EFFECT,) * count if effects is None or not count else effects
    if len(known) != count:
        raise ValueError(f"{len(known)} effects given for {count} candidates; one each is allowed")
    at = np.array((*shortlist.index[:count], -1), dtype=np.intp)
    menu = shortlist.menu
    return _Given(at, menu.order[at], probabilities, (*known, UNKNOWN_EFFECT), menu.uses(at, probabilities))


def _checked(p_accept: Sequence[float] | Vector, count: int) -> Vector:
    """`p_accept` of `count` candidates, and 0 for nothing."""
    if len(p_accept) != count:
        raise ValueError(f"{len(p_accept)} p_accept given for {count} candidates; one each is allowed")
    probabilities = np.array((*p_accept, 0.0), dtype=np.float64)
    within = (probabilities >= 0) & (probabilities <= 1)
    if not within.all():
        raise ValueError(f"p_accept {float(probabilities[~within][0])} given; 0 to 1 is allowed")
    return probabilities


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Candidates by rank (k,), each with its worth and the score that ranked it."""

    given: _Given
    terms: Terms
    score: Vector


def _ranked(
    shortlist: Shortlist, given: _Given, removed: Mapping[int, Filtered], value_at_stake: float | None
) -> _Ranked:
    """What is left of the candidates, by rank; ties go to the lowest in order."""
    menu, effect_on = shortlist.menu, shortlist.menu.rules.effect_on
    worth = effect_values(given.effects, value_at_stake, effect_on)
    terms = weigh(menu.take(given.at), given.p_accept, worth, effect_on, _preference(shortlist, given.at))
    score = _score(shortlist, given.at, terms)
    by_rank = np.lexsort((given.order, -score))
    if removed:
        stays = np.ones(len(score), dtype=bool)
        stays[list(removed)] = False
        by_rank = by_rank[stays[by_rank]]
    in_order = Terms(*[getattr(terms, name)[by_rank] for name in Terms.__slots__])
    return _Ranked(given.take(by_rank), in_order, score[by_rank])


def _preference(shortlist: Shortlist, at: Index) -> Vector:
    """What the preferred channel adds to each action (k,)."""
    preference, added = shortlist.menu.rules.preference, np.zeros(len(at))
    if preference and shortlist.preferred is not None:
        channels = [shortlist.menu.actions[place].channel for place in at[:-1].tolist()] + [None]
        added[[channel == shortlist.preferred for channel in channels]] = preference.amount
    return added


def _score(shortlist: Shortlist, at: Index, terms: Terms) -> Vector:
    """What the arm's rule ranks by (k,); what is drawn is shown by its worth."""
    if shortlist.arm == "acceptance":
        return np.where(at < 0, -inf, terms.p_accept)
    if shortlist.arm == "no_levers":
        return np.asarray(terms.net_value - terms.lever)
    return terms.net_value


def _chances(shortlist: Shortlist, ranked: _Ranked, value_at_stake: float | None) -> Vector:
    """The probability of each candidate (k,) to come first; a fallback is not explored around."""
    given, menu = ranked.given, shortlist.menu
    if menu.only_fallback(given.at):
        return np.asarray(given.at == given.at.max(), dtype=np.float64)
    exploration = menu.rules.exploration
    if shortlist.arm == "random":
        shares = np.full(len(given.at), 1.0 / len(given.at))
    elif shortlist.arm != "acceptance" and exploration.method == "thompson":
        errors = standard_errors(given.effects, value_at_stake, menu.rules.effect_on)
        shares = thompson(ranked.score, errors, menu.members(given.at), given.order)
    else:
        shares = greedy(ranked.score, given.order)
    return selection_probabilities(shares, epsilon=exploration.epsilon, floor=exploration.floor)
