"""From a shortlist to a decision, once the models have scored what is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import UNKNOWN_EFFECT, Effect, Terms, effect_values, standard_errors, weigh
from decisioning.contact_policy import Stage, contact_stages
from decisioning.decision import Decision
from decisioning.eligibility import Contact
from decisioning.exploration import draw, greedy, selection_probabilities, thompson
from decisioning.policy import DoNotDisturb
from decisioning.shortlist import Filtered, Shortlist

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.intp]
SLACK = 1e-9  # of a budget: sums of uses are not exact, the ledger's whole numbers are


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
    if item_count < 1:
        raise ValueError(f"item_count is {item_count}; at least 1 is allowed")
    if value_at_stake is not None and not isfinite(value_at_stake):
        raise ValueError(f"value_at_stake is {value_at_stake}; a finite number is allowed")
    given = _given(shortlist, p_accept, effects)
    removed = _removed(shortlist, given)
    ranked = _ranked(shortlist, given, removed, value_at_stake)
    chances = _chances(shortlist, ranked, value_at_stake)
    first = draw(chances, rng)
    others = rng.permutation(len(chances)).tolist() if shortlist.arm == "random" else range(len(chances))
    slots, uses = _fill(shortlist, ranked.given, (first, *others), item_count)
    return Decision(
        shortlist=shortlist,
        index=ranked.given.at,
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


def _removed(shortlist: Shortlist, given: _Given) -> Mapping[int, Filtered]:
    """What its scores forbid, by place: who would be disturbed, unless the arm asks no model; what budgets lack."""
    found = dict[int, Filtered]()
    careful = shortlist.menu.rules.do_not_disturb if shortlist.arm in ("policy", "no_levers") else "off"
    if careful != "off":
        for place in (_judged(given.effects, careful) < 0).nonzero()[0].tolist():
            reason = _disturbs(given.effects[place])
            found[place] = _filtered(shortlist, given.at[place], "do_not_disturb", reason)
    budgets, left = shortlist.menu.budgets, shortlist.left
    most = np.array([max(0.0, left.get(budget.name, inf)) + SLACK for budget in budgets])  # NaN is none
    lacking = given.uses > most[:, None]
    if lacking.any():
        for row, place in np.argwhere(lacking).tolist():
            budget, use = budgets[row], given.uses[row, place]
            reason = f"{budget.name}: {left[budget.name]:,.2f} left of {budget.limit:,.2f}, {use:,.2f} needed"
            found.setdefault(place, _filtered(shortlist, given.at[place], "budget", reason))
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


def _fill(
    shortlist: Shortlist, given: _Given, places: Sequence[int], item_count: int
) -> tuple[tuple[int, ...], Mapping[str, float]]:
    """The slots, from `places` until nothing comes, and what they use of each budget in all: no more than is left.

    No offer is made twice, and what is made at once passes no cap.
    """
    slots, uses = dict[str, int](), dict[str, float]()
    full: Stage | None = None
    for place in places:
        if given.at[place] < 0 or len(slots) == item_count:
            break
        candidate = shortlist.menu.actions[given.at[place]]
        offer, channel = candidate.offer, candidate.channel
        if offer is None or channel is None or offer.offer_id in slots or (full and full(offer, channel)):
            continue
        together = _together(shortlist, given.uses[:, place].tolist(), uses)
        if together is not None:
            slots[offer.offer_id], uses = place, together
            full = _full(shortlist, [given.at[one] for one in slots.values()]) if item_count > 1 else None
    return tuple(slots.values()) or (places[0],), uses


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
