"""What the market's company can do: six offers of four kinds on four channels, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("discount", "points", "gift", "service")
# Per contact, in currency: the default policy's contact costs.
CHANNELS = {"email": 0.01, "push": 0.0, "sms": 0.05, "mail": 0.6}


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
    """An offer on a channel. `offer` and `channel` are positions in OFFERS and CHANNELS."""

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


OFFERS = (
    MarketOffer("discount_10", "10% off the next three baskets", "discount", 0.4, 1.5, ("email", "push")),
    MarketOffer("discount_25", "25% off the next three baskets", "discount", 1.0, 4.0, ("sms", "mail")),
    MarketOffer("points_250", "250 points", "points", 0.5, 1.0, ("email", "push")),
    MarketOffer("points_1000", "1,000 points", "points", 1.0, 3.0, ("push", "sms")),
    MarketOffer("gift_box", "A box of new arrivals", "gift", 1.0, 5.0, ("email", "mail")),
    MarketOffer("service_care", "A personal apology and free returns", "service", 1.0, 2.0, ("email", "sms")),
)
ACTIONS = tuple(
    Action(offer.offer_id, channel, number, list(CHANNELS).index(channel), offer.cost, CHANNELS[channel])
    for number, offer in enumerate(OFFERS)
    for channel in offer.channels
)
NOTHING = -1  # the action of doing nothing, where an array holds positions in ACTIONS
