"""From offers to a decision in two steps, so that the response model scores only what survives the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import NO_FACTORS, UNKNOWN_EFFECT, Effect, Factors, ranking, weigh
from decisioning.candidates import NOTHING, Candidate, candidates
from decisioning.contact_policy import contact_cap
from decisioning.eligibility import Circumstances, consent, offer_refusal
from decisioning.exploration import draw, selection_probabilities
from decisioning.holdout import Arm, in_holdout
from decisioning.offers import Offer
from decisioning.policy import PolicyRules


@dataclass(frozen=True, slots=True)
class Filtered:
    """An offer that may not be made, on one channel or, where that is None, on any; which stage said so, and why."""

    offer_id: str
    channel: str | None
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What may be done: `candidates` end with nothing, and hold only that for a customer in the holdout."""

    arm: Arm
    candidates: tuple[Candidate, ...]
    filtered: tuple[Filtered, ...]

    @property
    def to_score(self) -> tuple[Candidate, ...]:
        """The candidates that need a p_accept: all but nothing, in order."""
        return self.candidates[:-1]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its worth: `rank` 1 has the highest net value, before exploration.

    `selection_probability` is the chance the policy had of putting this candidate first.
    """

    candidate: Candidate
    factors: Factors
    rank: int
    selection_probability: float


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request.

    `ranked` is every candidate by rank. `chosen` is what to do, first slot first: at least one slot, no offer twice,
    and nothing only as the single slot. `filtered` is what could not be done.
    """

    arm: Arm
    ranked: tuple[Ranked, ...]
    chosen: tuple[Ranked, ...]
    filtered: tuple[Filtered, ...]

    @property
    def ranked_by(self) -> Literal["uplift", "acceptance"]:
        """What the order rests on: "acceptance" where no candidate's effect counted."""
        counted = any(ranked.factors.effect_value is not None for ranked in self.ranked)
        return "uplift" if counted else "acceptance"


def shortlist(offers: Iterable[Offer], circumstances: Circumstances, rules: PolicyRules) -> Shortlist:
    """Keep the candidates that all stages let pass, and the trail of those that one refused.

    A customer in the holdout keeps the trail that the policy would have left.
    """
    verdicts = [(offer, offer_refusal(offer, circumstances)) for offer in offers]
    filtered = [Filtered(offer.offer_id, None, *refused) for offer, refused in verdicts if refused]
    passed = []
    refusal = _channel_refusal(circumstances, rules)
    for candidate in candidates(offer for offer, refused in verdicts if not refused):
        if refused := refusal(candidate):
            filtered.append(Filtered(*candidate.key, *refused))
        else:
            passed.append(candidate)
    if in_holdout(circumstances.customer_id, rules.holdout_salt, rules.holdout_share):
        return Shortlist("holdout", (NOTHING,), tuple(filtered))
    return Shortlist("policy", tuple(passed), tuple(filtered))


def decide(
    shortlist: Shortlist,
    p_accept: Sequence[float] | NDArray[np.float64] | None,
    rules: PolicyRules,
    rng: np.random.Generator,
    *,
    item_count: int = 1,
    value_at_stake: float | None = None,
    effects: Sequence[Effect] | None = None,
) -> Decision:
    """Rank the shortlist by net value, explore, and fill up to `item_count` >= 1 slots.

    `p_accept`, and `effects` where there are any, hold one per candidate of `shortlist.to_score`; where `p_accept` is
    None, as no model answers, nothing is the only candidate. `value_at_stake` is the customer's, in currency. What
    ranks below nothing is chosen only where exploration puts it first. Raises ValueError on another length and on a
    p_accept outside 0 to 1, so that no doubtful number decides.
    """
    if item_count < 1:
        raise ValueError(f"item_count is {item_count}; at least 1 is allowed")
    if p_accept is None:
        return decide(replace(shortlist, candidates=(NOTHING,)), (), rules, rng)
    scored = shortlist.to_score
    probabilities = _checked(p_accept, len(scored))
    effects = (UNKNOWN_EFFECT,) * len(scored) if effects is None else effects
    factors = [
        weigh(candidate, p, rules.contact_costs, rules.levers, value_at_stake, effect, rules.effect_on)
        for candidate, p, effect in zip(scored, probabilities, effects, strict=True)
    ]
    ranked = _rank(shortlist.candidates, [*factors, NO_FACTORS], rules)
    first = draw([slot.selection_probability for slot in ranked], rng)
    return Decision(shortlist.arm, ranked, _fill(ranked, first, item_count), shortlist.filtered)


def _channel_refusal(circumstances: Circumstances, rules: PolicyRules) -> Callable[[Candidate], tuple[str, str] | None]:
    capped = contact_cap(rules.caps, circumstances)

    def refusal(candidate: Candidate) -> tuple[str, str] | None:
        if candidate.offer is None or candidate.channel is None:
            return None  # nothing is never refused
        if reason := consent(candidate.channel, circumstances, rules.consent_default):
            return "consent", reason
        reason = capped(candidate.offer, candidate.channel)
        return ("contact_cap", reason) if reason else None

    return refusal


def _checked(p_accept: Sequence[float] | NDArray[np.float64], count: int) -> list[float]:
    probabilities = [float(p) for p in p_accept]
    if len(probabilities) != count:
        raise ValueError(f"{len(probabilities)} p_accept given for {count} candidates; one each is allowed")
    if outside := [p for p in probabilities if not 0 <= p <= 1]:
        raise ValueError(f"p_accept {outside[0]} given; 0 to 1 is allowed")
    return probabilities


def _rank(options: Sequence[Candidate], factors: Sequence[Factors], rules: PolicyRules) -> tuple[Ranked, ...]:
    order = ranking(options, [terms.net_value for terms in factors])
    probabilities = selection_probabilities(len(order), epsilon=rules.epsilon, floor=rules.floor)
    return tuple(
        Ranked(options[at], factors[at], rank, probability)
        for rank, (at, probability) in enumerate(zip(order, probabilities, strict=True), start=1)
    )


def _fill(ranked: Sequence[Ranked], first: int, item_count: int) -> tuple[Ranked, ...]:
    slots: dict[str, Ranked] = {}
    for slot in (ranked[first], *ranked):
        if slot.candidate.offer is None or len(slots) == item_count:
            break
        slots.setdefault(slot.candidate.offer.offer_id, slot)
    return tuple(slots.values()) or (ranked[first],)
