"""Arbitration: what each candidate is worth, term by term, and the order that gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from decisioning.candidates import Candidate
from decisioning.offers import Offer

Evidence = Literal["randomised", "observational", "none"]
EffectOn = Literal["retention", "margin"]


# A named tuple for the same reason as Factors below.
class Effect(NamedTuple):
    """Effects of an offer on a channel against control, each with its interval.

    `uplift` is on the probability of retention, `margin` on the margin of the horizon in currency. All are None where
    the evidence is "none", as an effect without evidence is not shown; one is None where only the other was learned.
    """

    uplift: float | None
    low: float | None
    high: float | None
    evidence: Evidence
    margin: float | None = None
    margin_low: float | None = None
    margin_high: float | None = None


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

    `p_accept` and the uplifts are probabilities; all other numbers are in the workspace's currency. `margin` is what an
    acceptance brings, `margin_uplift` what the offer adds to the margin of the horizon. `effect_value` is what the
    effect counts for in the net value, None where none counts. None is "not known".
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
    effect_value: float | None = None
    margin_uplift: float | None = None
    margin_uplift_low: float | None = None
    margin_uplift_high: float | None = None


NO_FACTORS = Factors(0.0, None, None, None, "none", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def weigh(
    candidate: Candidate,
    p_accept: float,
    contact_costs: Mapping[str, float],
    levers: Iterable[Lever],
    value_at_stake: float | None = None,
    effect: Effect = UNKNOWN_EFFECT,
    effect_on: EffectOn = "retention",
) -> Factors:
    """Add up one candidate's net value and keep every term.

    on retention: uplift x value at stake + p_accept x (margin - cost) - contact cost + levers
    on margin:    margin uplift - p_accept x cost - contact cost + levers

    The margin that an acceptance brings is part of the margin uplift already. Where the effect asked for is not known
    (no evidence, another target, no value at stake), p_accept x (margin - cost) stands alone. A channel without a
    contact cost costs nothing; every lever that matches is pulled. Nothing weighs zero in every term.
    """
    offer, channel = candidate.offer, candidate.channel
    if offer is None or channel is None:
        return NO_FACTORS
    effect_value = _effect_value(effect, value_at_stake, effect_on)
    counted = effect_value is not None and effect_on == "margin"
    brought = p_accept * ((0.0 if counted else offer.value) - offer.cost)
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
        net_value=(effect_value or 0.0) + brought - contact_cost + lever,
        effect_value=effect_value,
        margin_uplift=effect.margin,
        margin_uplift_low=effect.margin_low,
        margin_uplift_high=effect.margin_high,
    )


def _effect_value(effect: Effect, value_at_stake: float | None, effect_on: EffectOn) -> float | None:
    """What the effect counts for, in currency."""
    if effect_on == "margin":
        return effect.margin
    if effect.uplift is None or value_at_stake is None:
        return None
    return effect.uplift * value_at_stake


def ranking(candidates: Sequence[Candidate], net_values: Sequence[float]) -> list[int]:
    """Positions of the candidates from the highest net value down, ties by (offer_id, channel), nothing first."""
    return sorted(range(len(candidates)), key=lambda i: (-net_values[i], candidates[i].key))
