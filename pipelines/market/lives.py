"""The life of a customer: a Markov chain over active, fading and gone, and what each state buys.

The chain's probabilities are known numbers, so expected futures can be computed as well as drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.market.arrays import Flags, Index, Vector
from pipelines.market.climate import Climate
from pipelines.market.traits import BILL_WEEKS, FEE_MARGIN, Traits

ABSENT, ACTIVE, FADING, GONE = -1, 0, 1, 2  # ABSENT: not signed up yet
STATES = 3
BUYING = np.array([1.0, 0.1, 0.0])  # of the customer's rate of purchase, by state
MARGIN_RATE = 0.38
DISCOUNT = 0.15  # off a bargain, all of it off the margin
NEW_WEEKS = 13
FAILURE_HURTS = np.array([0.4, 0.3])  # active to fading, fading to gone, in the week of a service failure
KEEPING = 0.8  # of an offer's lasting effects, from one week to the next


@dataclass(frozen=True, slots=True)
class Moves:
    """Probabilities of the week's moves: active to fading and gone, fading to active and gone, gone to active."""

    fades: Vector
    leaves: Vector
    recovers: Vector
    goes: Vector
    returns: Vector


def moves(traits: Traits, week: int, now: Climate, calm: Vector, failed: Vector | None = None) -> Moves:
    """The week's moves where `calm` is what an offer took off the log hazard of leaving.

    `failed` (0 or 1) says whose service failed this week; without it the chance of a failure is averaged over.
    """
    failing = traits.unlucky if failed is None else failed
    new = (week - traits.arrives < NEW_WEEKS).astype(np.float64)
    rival = 0.9 * ((traits.region == 0) & (traits.plan == 0)) if now.competitor else 0.0
    loose = traits.loose + 0.6 * new - 0.4 * traits.contract - calm + rival
    fades = np.minimum(0.016 * np.exp(loose), 0.35)
    goes = np.minimum(0.02 * np.exp(0.6 * loose), 0.3)
    return Moves(
        fades=fades + failing * (FAILURE_HURTS[0] - fades).clip(0.0),
        leaves=0.1 * fades,
        recovers=np.full(len(fades), 0.015),
        goes=goes + failing * (FAILURE_HURTS[1] - goes).clip(0.0),
        returns=np.minimum(0.008 * np.exp(-0.5 * traits.loose), 0.1),
    )


def moved(state: Index, chance: Moves, u: Vector) -> Index:
    """The states after the week's moves, drawn with one uniform a customer."""
    after = state.copy()
    active, fading, gone = state == ACTIVE, state == FADING, state == GONE
    after[active & (u < chance.fades)] = FADING
    after[active & (u > 1.0 - chance.leaves)] = GONE
    after[fading & (u < chance.recovers)] = ACTIVE
    after[fading & (u > 1.0 - chance.goes)] = GONE
    after[gone & (u < chance.returns)] = ACTIVE
    return after


def carried(share: Vector, chance: Moves) -> Vector:
    """Probabilities of the states, (3, customers), one week on."""
    active, fading, gone = share
    return np.stack(
        [
            active * (1.0 - chance.fades - chance.leaves) + fading * chance.recovers + gone * chance.returns,
            active * chance.fades + fading * (1.0 - chance.recovers - chance.goes),
            active * chance.leaves + fading * chance.goes + gone * (1.0 - chance.returns),
        ]
    )


def buying(traits: Traits, now: Climate, keen: Vector) -> Vector:
    """Purchases expected this week while active; `keen` is what an offer added to its log."""
    return np.asarray(traits.rate * now.rate * np.exp(keen), dtype=np.float64)


def bargains(traits: Traits) -> Vector:
    """The share of purchases made at a discount."""
    return np.asarray(0.04 + 0.76 * traits.deal**2, dtype=np.float64)


def margin_of_purchase(traits: Traits, now: Climate) -> Vector:
    """The margin expected of one purchase, in currency."""
    return np.asarray(traits.basket * now.price * (MARGIN_RATE - DISCOUNT * bargains(traits)), dtype=np.float64)


def billed(traits: Traits, week: int) -> Flags:
    """Whose contract, if it runs, is billed this week."""
    return np.asarray(traits.contract & (week % BILL_WEEKS == traits.bill))


def margin_of_bill(traits: Traits) -> Vector:
    """The margin of one bill, in currency."""
    return np.asarray(FEE_MARGIN * traits.fee, dtype=np.float64)
