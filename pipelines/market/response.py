"""How people respond to an action: whether it reaches them, whether they accept, and what either does to their lives.

Each function gives probabilities, so that the engine can draw from them and the truth can average over them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.market.arrays import Index, Vector, logistic, threshold
from pipelines.market.catalogue import CHANNELS, MarketOffer
from pipelines.market.climate import Climate
from pipelines.market.lives import ACTIVE, FADING, GONE
from pipelines.market.traits import Traits

GRIEVANCE_WEEKS = 8  # after a service failure an apology is still welcome
LEAST_EFFECT = 0.04
CALMING, KEENING = 0.9, 0.1  # how an acceptance's strength lowers the log hazard, and (points) raises the log rate


@dataclass(frozen=True, slots=True)
class Mood:
    """What changes about a customer: life state, weeks since a service failure, and contacts of late (fatigue)."""

    state: Index
    grieved: Vector
    fatigue: Vector


@dataclass(frozen=True, slots=True)
class Shift:
    """What a contact or an acceptance does, by customer.

    `wakes` and `loses` are probabilities of jumping at once to active and to gone (active customers: to fading);
    `calm` and `keen` last and fade.
    """

    wakes: Vector
    loses: Vector
    calm: Vector
    keen: Vector


def reach(traits: Traits, mood: Mood, channel: int) -> Vector:
    """The probability that a contact on `channel` is noticed."""
    digital, away = traits.digital, np.where(mood.state == GONE, 0.8, 1.0)
    noticed = {
        "email": (0.5 + 0.4 * digital) * away,
        "push": 0.95 * threshold(digital, 0.45, 0.08) * np.where(mood.state == GONE, 0.5, 1.0),
        "sms": 0.9 * away,
        "mail": 0.75 + 0.2 * threshold(traits.age, 55.0, 4.0),
    }
    return np.asarray(noticed[list(CHANNELS)[channel]], dtype=np.float64)


def acceptance(traits: Traits, mood: Mood, offer: MarketOffer, channel: int) -> Vector:
    """The probability that a customer whom the contact reaches accepts."""
    appeal = {
        "discount": -1.4 + 4.6 * traits.deal + 0.6 * offer.depth,
        "points": -1.4 + 4.0 * traits.digital + 0.5 * offer.depth,
        "gift": -1.0 + 3.6 * threshold(traits.basket, 10.3, 0.8) + 0.5 * (offer.depth - 1.0),
        "service": -1.4 + 4.2 * (mood.grieved < GRIEVANCE_WEEKS) + 0.5 * (offer.depth - 1.0),
    }[offer.kind]
    life = np.select([mood.state == ACTIVE, mood.state == FADING], [0.5, 0.2], -0.4)
    suits = 0.3 * (list(CHANNELS)[channel] in ("mail", "sms"))
    return logistic(appeal + life + suits - 0.6 * traits.touchy - 0.3 * mood.fatigue)


def strength(traits: Traits, mood: Mood, offer: MarketOffer, now: Climate) -> Vector:
    """How much an acceptance changes a life, 0 to 1: thresholds and interactions, by kind of offer."""
    if offer.kind == "discount":
        hunger = threshold(traits.deal, 0.5, 0.05) * (1.0 - 0.5 * traits.contract)
        strong = 0.95 * offer.depth**0.8 * hunger * (0.4 if now.competitor else 1.0)
    elif offer.kind == "points":
        strong = 0.85 * offer.depth**0.5 * threshold(traits.digital, 0.55, 0.05) * np.minimum(traits.rate / 1.8, 1.0)
    elif offer.kind == "gift":
        strong = (
            0.9 * offer.depth**0.7 * threshold(traits.basket, 10.3, 0.5) * (1.0 - threshold(traits.deal, 0.5, 0.05))
        )
    else:
        strong = 0.9 * offer.depth**0.5 * (mood.grieved < GRIEVANCE_WEEKS) * (1.4 if now.competitor else 1.0)
    return np.asarray(np.clip(LEAST_EFFECT + strong, 0.0, 0.95), dtype=np.float64)


def accepted(traits: Traits, mood: Mood, offer: MarketOffer, now: Climate) -> Shift:
    """What an acceptance does: it may bring back who fades or has gone, calms, and with points makes keen."""
    strong = strength(traits, mood, offer, now)
    easy = {"discount": 0.7, "points": 0.3, "gift": 0.6, "service": 0.5}[offer.kind]
    wakes = strong * np.select([mood.state == FADING, mood.state == GONE], [1.0, easy], 0.0)
    keen = KEENING * strong if offer.kind == "points" else np.zeros(len(strong))
    return Shift(wakes, np.zeros(len(strong)), CALMING * strong, keen)


def contacted(traits: Traits, mood: Mood) -> Shift:
    """What a contact does that was noticed and not accepted: a reminder to some, the last straw to others.

    Who pays for a contract and hardly uses it is woken to end it; who is touchy and was contacted of late fades.
    """
    fading, active = mood.state == FADING, mood.state == ACTIVE
    idle = traits.contract * (1.0 - threshold(traits.rate, 1.4, 0.1))
    cross = threshold(traits.touchy + 0.25 * mood.fatigue, 0.6, 0.05)
    wakes = 0.06 * traits.digital * fading * (1.0 - cross)
    loses = np.where(fading, 0.4 * traits.contract + 0.15 * cross * (1 - traits.contract), 0.25 * idle + 0.15 * cross)
    nothing = np.zeros(len(wakes))
    return Shift(wakes, np.where(fading | active, loses, 0.0), nothing, nothing)
