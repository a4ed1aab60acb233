"""From a shortlist to a decision, once the models have scored what is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import UNKNOWN_EFFECT, Effect, Terms, effect_values, standard_errors, weigh
from decisioning.decision import Decision
from decisioning.exploration import draw, greedy, selection_probabilities, thompson
from decisioning.policy import DoNotDisturb
from decisioning.shortlist import Filtered, Shortlist

Vector = NDArray[np.float64]
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
    ranks below nothing is chosen only where exploration puts it first. Raises ValueError on another length and on a
    p_accept outside 0 to 1, so that no doubtful number decides.
    """
    if item_count < 1:
        raise ValueError(f"item_count is {item_count}; at least 1 is allowed")
    count = 0 if p_accept is None else len(shortlist.index)
    probabilities = _checked(() if p_accept is None else p_accept, count)
    known = (UNKNOWN_EFFECT,) * count if effects is None or not count else tuple(effects)
    scored = _scored(shortlist, probabilities, known, value_at_stake)
    shares, score = _rule(shortlist, scored)
    chances = _explored(shortlist, shares)
    by_rank = np.lexsort((scored.order, -score))
    first = draw(chances[by_rank], rng)
    terms = Terms(*(getattr(scored.terms, name)[by_rank] for name in Terms.__slots__))
    places = scored.at[by_rank]
    slots, uses = _fill(shortlist, places, terms.p_accept, first, item_count)
    return Decision(
        shortlist=shortlist,
        index=places,
        terms=terms,
        effects=tuple(scored.effects[place] for place in by_rank.tolist()),
        value_at_stake=value_at_stake,
        probabilities=chances[by_rank],
        slots=slots,
        filtered=(*shortlist.filtered, *scored.removed),
        uses=uses,
    )


def _checked(p_accept: Sequence[float] | Vector, count: int) -> Vector:
    probabilities = np.asarray(p_accept, dtype=np.float64)
    if len(probabilities) != count:
        raise ValueError(f"{len(probabilities)} p_accept given for {count} candidates; one each is allowed")
    outside = ~((probabilities >= 0) & (probabilities <= 1))
    if outside.any():
        raise ValueError(f"p_accept {float(probabilities[outside][0])} given; 0 to 1 is allowed")
    return probabilities


@dataclass(frozen=True, slots=True)
class _Scored:
    """The candidates that are left (k,), nothing last at position -1, and those that their scores removed.

    `order` (k,) settles ties.
    """

    at: Index
    terms: Terms
    effects: tuple[Effect, ...]
    value_at_stake: float | None
    order: Index
    removed: tuple[Filtered, ...]


def _scored(
    shortlist: Shortlist, p_accept: Vector, effects: tuple[Effect, ...], value_at_stake: float | None
) -> _Scored:
    menu, rules = shortlist.menu, shortlist.menu.rules
    at = np.array((*shortlist.index[: len(p_accept)], -1), dtype=np.intp)  # the menu's last column is nothing
    p_accept, effects = np.append(p_accept, 0.0), (*effects, UNKNOWN_EFFECT)
    removed = _removed(shortlist, at[:-1], p_accept[:-1], effects[:-1])
    if removed:
        kept = np.array([place for place in range(len(at)) if place not in removed], dtype=np.intp)
        at, p_accept, effects = at[kept], p_accept[kept], tuple(effects[place] for place in kept.tolist())
    worth = effect_values(effects, value_at_stake, rules.effect_on)
    terms = weigh(menu.take(at), p_accept, worth, rules.effect_on, _preference(shortlist, at))
    return _Scored(at, terms, effects, value_at_stake, menu.order[at], tuple(removed.values()))


def _removed(shortlist: Shortlist, at: Index, p_accept: Vector, effects: Sequence[Effect]) -> Mapping[int, Filtered]:
    """What its scores forbid, by place: who would be disturbed, unless the arm asks no model; what budgets lack."""
    menu, found = shortlist.menu, dict[int, Filtered]()
    careful = menu.rules.do_not_disturb if shortlist.arm in ("policy", "no_levers") else "off"
    if careful != "off":
        for place, effect in enumerate(effects):
            if reason := _disturbs(effect, careful):
                found[place] = _filtered(shortlist, at[place], "do_not_disturb", reason)
    for row, budget in enumerate(menu.budgets):
        if (left := shortlist.left.get(budget.name)) is None:
            continue
        uses = menu.fixed[row, at] + menu.per_acceptance[row, at] * p_accept
        for place in np.flatnonzero(uses > max(left, 0.0) + SLACK).tolist():
            reason = f"{budget.name}: {left:,.2f} left of {budget.limit:,.2f}, {uses[place]:,.2f} needed"
            found.setdefault(place, _filtered(shortlist, at[place], "budget", reason))
    return found


def _filtered(shortlist: Shortlist, at: int, stage: str, reason: str) -> Filtered:
    offer_id, channel = shortlist.menu.actions[at].key
    return Filtered(offer_id, channel, stage, reason)


def _disturbs(effect: Effect, careful: DoNotDisturb) -> str | None:
    """Why the customer is better left alone with an offer: its uplift, or where that is not known its margin uplift."""
    ends = (effect.uplift, effect.low, effect.high)
    uplift, low, high = ends if effect.uplift is not None else (effect.margin, effect.margin_low, effect.margin_high)
    judged = high if careful == "certain" else uplift
    if uplift is None or judged is None or judged >= 0:
        return None
    return f"better left alone: uplift {uplift:+.3g} ({low:+.3g} to {high:+.3g})"


def _preference(shortlist: Shortlist, at: Index) -> Vector:
    """What the preferred channel adds to each action (k,)."""
    preference, added = shortlist.menu.rules.preference, np.zeros(len(at))
    if preference and shortlist.preferred is not None:
        channels = [shortlist.menu.actions[place].channel for place in at[:-1].tolist()] + [None]
        added[[channel == shortlist.preferred for channel in channels]] = preference.amount
    return added


def _rule(shortlist: Shortlist, scored: _Scored) -> tuple[Vector, Vector]:
    """(share, score) of each candidate (k,): how likely the arm's rule puts it first, and what it is ranked by."""
    arm, menu, terms = shortlist.arm, shortlist.menu, scored.terms
    if shortlist.fallback:
        return (scored.at == scored.at[0]).astype(np.float64), terms.net_value
    if arm == "random":
        return np.full(len(scored.at), 1.0 / len(scored.at)), terms.net_value
    if arm == "acceptance":
        score = np.where(scored.at < 0, -np.inf, terms.p_accept)
        return greedy(score, scored.order), score
    score = terms.net_value - terms.lever if arm == "no_levers" else terms.net_value
    if menu.rules.exploration.method == "thompson":
        draws = np.column_stack([menu.draws[:, scored.at[:-1]], np.zeros(len(menu.draws))])
        errors = standard_errors(scored.effects, scored.value_at_stake, menu.rules.effect_on)
        return thompson(score, errors, draws, scored.order), score
    return greedy(score, scored.order), score


def _explored(shortlist: Shortlist, shares: Vector) -> Vector:
    """The probability of each candidate to come first; a fallback is not explored around."""
    if shortlist.fallback:
        return shares
    exploration = shortlist.menu.rules.exploration
    return selection_probabilities(shares, epsilon=exploration.epsilon, floor=exploration.floor)


def _fill(
    shortlist: Shortlist, places: Index, p_accept: Vector, first: int, item_count: int
) -> tuple[tuple[int, ...], Mapping[str, float]]:
    """The slots, by rank, and what they use of each budget in all: no more than is left."""
    slots: dict[str, int] = {}
    uses: dict[str, float] = {}
    for place in (first, *range(len(places))):
        at = int(places[place])
        if at < 0 or len(slots) == item_count:
            break
        offer = shortlist.menu.actions[at].offer
        together = _together(shortlist, at, float(p_accept[place]), uses)
        if offer is not None and offer.offer_id not in slots and together is not None:
            slots[offer.offer_id] = place
            uses = together
    return tuple(slots.values()) or (first,), uses


def _together(shortlist: Shortlist, at: int, p_accept: float, uses: Mapping[str, float]) -> dict[str, float] | None:
    """`uses` and what one more action uses; None where a budget lacks it."""
    menu, found = shortlist.menu, dict(uses)
    for row, budget in enumerate(menu.budgets):
        if use := float(menu.fixed[row, at] + menu.per_acceptance[row, at] * p_accept):
            found[budget.name] = found.get(budget.name, 0.0) + use
            if found[budget.name] > shortlist.left.get(budget.name, np.inf) + SLACK:
                return None
    return found
