"""What a simulated market is made from: the same setting gives the same market, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

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
    """How many customers, for how many weeks, from which seed, under which campaigns and drifts."""

    customers: int
    weeks: int = 52
    seed: int = 0
    log: LogKind = "randomised"
    drifts: tuple[Drift, ...] = ()


def blocks(setting: Setting) -> Iterator[tuple[Block, np.random.Generator]]:
    """The market's customers, a block at a time, each with the generator of its records.

    Both kinds of log begin with the same customers and the same lives, up to the first campaign.
    """
    firsts = range(0, setting.customers, BLOCK)
    for first, seed in zip(firsts, np.random.SeedSequence(setting.seed).spawn(len(firsts)), strict=True):
        lives, records = (np.random.default_rng(child) for child in seed.spawn(2))
        traits = draw(min(BLOCK, setting.customers - first), lives, setting.weeks, setting.drifts)
        lived = live(Market(traits, lives, setting.drifts), Plan(setting.log), setting.weeks, lives)
        yield (
            Block(first, START, traits, tuple(lived.weeks), tuple(lived.campaigns), setting.drifts),
            records,
        )
