"""What a simulated market is made from: the same setting gives the same market, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from pipelines.market.catalogue import SIX, Catalogue
from pipelines.market.climate import Drift
from pipelines.market.engine import Market
from pipelines.market.living import live
from pipelines.market.logs import LogKind, Plan
from pipelines.market.records.block import Block
from pipelines.market.traits import draw

START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
BLOCK = 10_000  # customers lived and written together, from one seed: memory does not grow with the market


@dataclass(frozen=True, slots=True)
class Setting:
    """How many customers, for how many weeks, from which seed, under which campaigns and drifts, with which offers."""

    customers: int
    weeks: int = 52
    seed: int = 0
    log: LogKind = "randomised"
    drifts: tuple[Drift, ...] = ()
    catalogue: Catalogue = SIX


def blocks(setting: Setting) -> Iterator[tuple[Block, np.random.Generator]]:
    """The market's customers, a block at a time, each with the generator of its records.

    Both kinds of log begin with the same customers and the same lives, up to the first campaign.
    """
    firsts = range(0, setting.customers, BLOCK)
    for first, seed in zip(firsts, np.random.SeedSequence(setting.seed).spawn(len(firsts)), strict=True):
        lives, records = (np.random.default_rng(child) for child in seed.spawn(2))
        traits = draw(min(BLOCK, setting.customers - first), lives, setting.weeks, setting.drifts)
        market = Market(traits, lives, setting.drifts, catalogue=setting.catalogue)
        lived = live(market, Plan(setting.log, catalogue=setting.catalogue), setting.weeks, lives)
        weeks, campaigns = tuple(lived.weeks), tuple(lived.campaigns)
        yield Block(first, START, traits, weeks, campaigns, setting.drifts, setting.catalogue), records
