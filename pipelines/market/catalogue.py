"""What the market's company can do: offers of four kinds on four channels, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.market.arrays import Index, Vector

KINDS = ("discount", "points", "gift", "service")
# Per contact, in currency: the default policy's contact costs.
CHANNELS = {"email": 0.01, "push": 0.0, "sms": 0.05, "mail": 0.6}
NOTHING = -1  # the action of doing nothing, where an array holds positions in a catalogue's actions


@dataclass(frozen=True, slots=True)
class MarketOffer:
    """A catalogue item. `depth` in (0, 1] is how much of its kind it gives; `cost` is paid on acceptance."""

    offer_id: str
    name: str
    kind: str
    depth: float
    cost: float
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An offer on a channel. `offer` and `channel` are positions in the catalogue's offers and in CHANNELS."""

    offer_id: str
    channel_name: str
    offer: int
    channel: int
    cost: float
    contact_cost: float

    @property
    def name(self) -> str:
        """As columns are named: `offer_id:channel`."""
        return f"{self.offer_id}:{self.channel_name}"


@dataclass(frozen=True)
class Catalogue:
    """The offers of a company, and the K actions that they make on their channels, in order."""

    offers: tuple[MarketOffer, ...]

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Each offer on each of its channels."""
        return tuple(
            Action(offer.offer_id, channel, number, list(CHANNELS).index(channel), offer.cost, CHANNELS[channel])
            for number, offer in enumerate(self.offers)
            for channel in offer.channels
        )

    @property
    def cost(self) -> Vector:
        """(K,): what each action costs if accepted."""
        return np.array([action.cost for action in self.actions])

    @property
    def contact_cost(self) -> Vector:
        """(K,): what each action's contact costs."""
        return np.array([action.contact_cost for action in self.actions])

    @property
    def offer(self) -> Index:
        """(K,): each action's position in the offers."""
        return np.array([action.offer for action in self.actions], dtype=np.int64)

    @property
    def channel(self) -> Index:
        """(K,): each action's position in CHANNELS."""
        return np.array([action.channel for action in self.actions], dtype=np.int64)


OFFERS = (
    MarketOffer("discount_10", "10% off the next three baskets", "discount", 0.4, 1.5, ("email", "push")),
    MarketOffer("discount_25", "25% off the next three baskets", "discount", 1.0, 4.0, ("sms", "mail")),
    MarketOffer("points_250", "250 points", "points", 0.5, 1.0, ("email", "push")),
    MarketOffer("points_1000", "1,000 points", "points", 1.0, 3.0, ("push", "sms")),
    MarketOffer("gift_box", "A box of new arrivals", "gift", 1.0, 5.0, ("email", "mail")),
    MarketOffer("service_care", "A personal apology and free returns", "service", 1.0, 2.0, ("email", "sms")),
)
SIX = Catalogue(OFFERS)
ACTIONS = SIX.actions
