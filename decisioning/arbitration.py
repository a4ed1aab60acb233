"""Arbitration: what each candidate is worth, term by term. One arithmetic for one request and for a million."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from decisioning.offers import Offer

Evidence = Literal["randomised", "observational", "none"]
EffectOn = Literal["retention", "margin"]
Vector = NDArray[np.float64]
Numbers = NDArray[np.floating]
WIDTH = 1.6448536269514722  # standard errors from an effect to either end of its 90% interval


# A named tuple, as one is made per candidate of every request: a frozen dataclass takes a microsecond longer.
class Effect(NamedTuple):
    """Effects of an offer on a channel against control, each with its 90% interval.

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


@dataclass(frozen=True, slots=True)
class Preference:
    """The channel a customer prefers, which the customer's `attribute` names, is worth `amount` in currency more.

    Where `only`, no other channel is used for a customer who has named one.
    """

    attribute: str
    amount: float = 0.0
    only: bool = False


class Columns(Protocol):
    """What is known of k actions whoever the customer is, in currency: see `decisioning.menu.Menu`."""

    @property
    def margin(self) -> Vector:
        """What one acceptance brings (k,)."""
        ...

    @property
    def cost(self) -> Vector:
        """What one acceptance costs (k,)."""
        ...

    @property
    def contact_cost(self) -> Vector:
        """What a contact costs (k,)."""
        ...

    @property
    def lever(self) -> Vector:
        """The sum of the levers pulled (k,)."""
        ...

    @property
    def shadow_fixed(self) -> Vector:
        """What the budgets that a contact uses are worth (k,)."""
        ...

    @property
    def shadow_accepted(self) -> Vector:
        """What the budgets that an acceptance uses are worth (k,)."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """Net values term by term, of k candidates (k,) or of k candidates of n customers (n, k).

    All but `p_accept` are in currency. `effect_value` is what the effect counts for, NaN where none counts; `margin` is
    what an acceptance brings beside the effect.

    net value = effect value + p_accept x (margin - cost) - contact cost + lever + preference - shadow cost
    """

    p_accept: Vector
    effect_value: Vector
    margin: Vector
    cost: Vector
    contact_cost: Vector
    lever: Vector
    preference: Vector
    shadow_cost: Vector
    net_value: Vector


def weigh(
    columns: Columns, p_accept: Numbers, effect_value: Numbers, effect_on: EffectOn, preference: Numbers | float = 0.0
) -> Terms:
    """Add up net values and keep every term; arrays (k,) or (n, k), `effect_value` NaN where no effect counts.

    on retention: the effect value is uplift x value at stake
    on margin:    the effect value is the margin uplift, which holds the margin that acceptances bring already

    Where no effect counts, p_accept x (margin - cost) stands alone.
    """
    counted = ~np.isnan(effect_value)
    margin = np.where(counted, 0.0, columns.margin) if effect_on == "margin" else columns.margin
    shadow_cost = columns.shadow_fixed + columns.shadow_accepted * p_accept
    brought = p_accept * (margin - columns.cost)
    effects = np.where(counted, effect_value, 0.0)
    net_value = effects + brought - columns.contact_cost + columns.lever + preference - shadow_cost
    return Terms(
        p_accept=np.asarray(p_accept, dtype=np.float64),
        effect_value=np.asarray(effect_value, dtype=np.float64),
        margin=np.asarray(margin),
        cost=columns.cost,
        contact_cost=columns.contact_cost,
        lever=columns.lever,
        preference=np.asarray(preference, dtype=np.float64),
        shadow_cost=np.asarray(shadow_cost, dtype=np.float64),
        net_value=np.asarray(net_value, dtype=np.float64),
    )


def effect_values(effects: Sequence[Effect], value_at_stake: float | None, effect_on: EffectOn) -> Vector:
    """What each of k effects counts for, in currency (k,); NaN where it is not known, or what it is on is not."""
    if effect_on == "margin":
        return np.array([effect.margin for effect in effects], dtype=np.float64)
    if value_at_stake is None:
        return np.full(len(effects), np.nan)
    return np.array([effect.uplift for effect in effects], dtype=np.float64) * value_at_stake


def standard_errors(effects: Sequence[Effect], value_at_stake: float | None, effect_on: EffectOn) -> Vector:
    """The standard error of each of `effect_values` (k,), from its interval; 0 where no effect counts."""
    if effect_on == "margin":
        ends = [(effect.margin_low, effect.margin_high) for effect in effects]
    else:
        ends = [(effect.low, effect.high) for effect in effects]
    low, high = np.array(ends, dtype=np.float64).reshape(-1, 2).T
    worth = 1.0 if effect_on == "margin" else value_at_stake or 0.0
    errors = (high - low) / (2.0 * WIDTH) * abs(worth)
    return np.where(np.isnan(errors), 0.0, errors)
