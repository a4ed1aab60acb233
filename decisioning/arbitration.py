"""Arbitration: what each candidate is worth, term by term, and the order that gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from decisioning.candidates import Candidate
from decisioning.offers import Offer

Evidence = Literal["randomised", "observational", "none"]


@dataclass(frozen=True, slots=True)
class Effect:
    """Uplift of an offer in the probability of retention, against control, with its interval.

    The three numbers are None exactly where the evidence is "none": an effect without evidence is not shown.
    """

    uplift: float | None
    low: float | None
    high: float | None
    evidence: Evidence


UNKNOWN_EFFECT = Effect(None, None, None, "none")


@dataclass(frozen=True, slots=True)
class Lever:
    """A business's own preference: `amount`, in currency, added to the net value of every candidate it matches.

    It matches where each of `offer_id`, `kind` and `channel` that is given is equal.
    """

    amount: float
    offer_id: str | None = None
    kind: str | None = None
    channel: str | None = None

    def matches(self, offer: Offer, channel: str) -> bool:
        """Whether the lever is pulled for this offer on this channel."""
        return (
            self.offer_id in (None, offer.offer_id)
            and self.kind in (None, offer.kind)
            and self.channel in (None, channel)
        )


# A named tuple, as one is made per candidate of every request: a frozen dataclass of eleven fields takes 0.9 us longer.
class Factors(NamedTuple):
    """The terms of one net value, as they are logged.

    `p_accept` and the uplifts are probabilities; `value_at_stake`, `margin`, `cost`, `contact_cost`, `lever` and
    `net_value` are in the workspace's currency. None is "not known".
    """

    p_accept: float
    uplift: float | None
    uplift_low: float | None
    uplift_high: float | None
    evidence: Evidence
    value_at_stake: float | None
    margin: float
    cost: float
    contact_cost: float
    lever: float
    net_value: float


NO_FACTORS = Factors(0.0, None, None, None, "none", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def weigh(
    candidate: Candidate,
    p_accept: float,
    contact_costs: Mapping[str, float],
    levers: Iterable[Lever],
    value_at_stake: float | None = None,
    effect: Effect = UNKNOWN_EFFECT,
) -> Factors:
    """Add up one candidate's net value and keep every term.

    net value = uplift x value at stake + p_accept x (margin - cost) - contact cost + levers

    The first term counts only where there is evidence of the effect and the value at stake is known; a channel without
    a contact cost costs nothing; every lever that matches is pulled. Nothing weighs zero in every term.
    """
    offer, channel = candidate.offer, candidate.channel
    if offer is None or channel is None:
        return NO_FACTORS
    retained = 0.0 if effect.uplift is None or value_at_stake is None else effect.uplift * value_at_stake
    contact_cost = contact_costs.get(channel, 0.0)
    lever = sum([lever.amount for lever in levers if lever.matches(offer, channel)], 0.0)
    return Factors(
        p_accept=p_accept,
        uplift=effect.uplift,
        uplift_low=effect.low,
        uplift_high=effect.high,
        evidence=effect.evidence,
        value_at_stake=value_at_stake,
        margin=offer.value,
        cost=offer.cost,
        contact_cost=contact_cost,
        lever=lever,
        net_value=retained + p_accept * (offer.value - offer.cost) - contact_cost + lever,
    )


def ranking(candidates: Sequence[Candidate], net_values: Sequence[float]) -> list[int]:
    """Positions of the candidates from the highest net value down, ties by (offer_id, channel), nothing first."""
    return sorted(range(len(candidates)), key=lambda i: (-net_values[i], candidates[i].key))
