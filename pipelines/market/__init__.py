"""A simulated market whose truth is known: customers who live, buy, respond to offers and leave, from a seed.

`wave(...)` gives one campaign as a frame; `Market.step(week, actions)` lives the market week by week under any policy.
The formulas are in docs/simulated-market.md.
"""

from pipelines.market.catalogue import ACTIONS, CHANNELS, NOTHING, OFFERS, Action, MarketOffer
from pipelines.market.climate import Drift
from pipelines.market.engine import Market, Week, nothing
from pipelines.market.truth import HORIZON_WEEKS, Truth, expected
from pipelines.market.waves import Wave, wave

__all__ = [
    "ACTIONS",
    "CHANNELS",
    "HORIZON_WEEKS",
    "NOTHING",
    "OFFERS",
    "Action",
    "Drift",
    "Market",
    "MarketOffer",
    "Truth",
    "Wave",
    "Week",
    "expected",
    "nothing",
    "wave",
]
