"""One small market, lived once; tests only read it."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.market.climate import Drift
from pipelines.market.engine import Market, nothing
from pipelines.market.records.block import Block
from pipelines.market.setting import Setting, blocks
from pipelines.market.traits import Traits, draw

WEEKS = 26
SETTING = Setting(customers=1_500, weeks=WEEKS, seed=3)


@pytest.fixture(scope="session")
def block() -> Block:
    """Half a year of 1,500 customers, with campaigns in weeks 8, 16 and 24."""
    return next(block for block, _ in blocks(SETTING))


@pytest.fixture(scope="session")
def broken() -> Block:
    """The same customers, with feeds broken since week 20."""
    setting = Setting(customers=1_500, weeks=WEEKS, seed=3, drifts=(Drift("feed", 20),))
    return next(block for block, _ in blocks(setting))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture(scope="session")
def traits() -> Traits:
    """4,000 people of the kind that a year brings."""
    return draw(4_000, np.random.default_rng(5), 52)


@pytest.fixture(scope="session")
def settled(traits: Traits) -> Market:
    """Those people after sixteen weeks in which nobody was contacted."""
    market = Market(traits, np.random.default_rng(6))
    for week in range(16):
        market.step(week, nothing(len(traits.rate)))
    return market
