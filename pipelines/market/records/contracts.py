"""Contracts: a spell begins with a holder's coming or return, and ends in the week the holder goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.market.arrays import Flags, Index, Vector
from pipelines.market.lives import ACTIVE, FADING
from pipelines.market.records.block import INSTANT, WEEK_SECONDS, Block, names, within
from pipelines.market.records.people import signed_up
from pipelines.market.traits import BILL_WEEKS, PLANS


@dataclass(frozen=True)
class Spells:
    """Spells of contracts: whose, and when they began and ended in seconds after the start; NaN while they run."""

    who: Index
    started: Vector
    ended: Vector

    @property
    def running(self) -> Flags:
        """Which of them run."""
        return np.asarray(np.isnan(self.ended))


NONE = Spells(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))


def subscriptions(block: Block, rng: np.random.Generator) -> pa.Table:
    """One row per spell of a contract of the whole block."""
    return told(block, spells(block, rng))


def spells(block: Block, rng: np.random.Generator, before: Spells = NONE) -> Spells:
    """The spells up to the block's end; `before` are those up to the weeks to tell."""
    who = np.flatnonzero(block.traits.contract)
    held = _held(block, who)
    none = np.zeros((1, len(who)), dtype=bool)
    # Both in order of customer, then week: the n-th begin belongs to the n-th end. A contract that runs already
    # when the weeks to tell begin does so in the week before them.
    owner, begins = np.nonzero((held & ~np.vstack([none, held[:-1]])).T)
    _, ends = np.nonzero((~np.vstack([held[1:], none]) & held).T)
    begins, ends, owner = begins + block.told - 1, ends + block.told, who[owner]
    going_on = begins < block.told
    running = ends == len(block.weeks)
    signed = np.maximum(signed_up(block)[owner], 0.0)
    old = (begins == 0) & (block.traits.arrives[owner] < 0)
    started = np.where(old, signed_up(block)[owner], np.maximum(within(begins, rng), signed))
    started[going_on] = _started(before, block.customers)[owner[going_on]]
    ended = np.where(running, np.nan, within(ends, rng))
    over = ~before.running
    return Spells(
        np.concatenate([before.who[over], owner]),
        np.concatenate([before.started[over], started]),
        np.concatenate([before.ended[over], ended]),
    )


def _held(block: Block, who: Index) -> Flags:
    """(1 + weeks to tell, holders): whether the contract ran in the week before them, and in each of them."""
    state = np.stack([week.state[who] for week in block.weeks[max(0, block.told - 1) :]])
    held = (state == ACTIVE) | (state == FADING)
    return held if block.told else np.vstack([np.zeros((1, len(who)), dtype=bool), held])


def _started(before: Spells, customers: int) -> Vector:
    """When each customer's running spell began; NaN where none runs."""
    started = np.full(customers, np.nan)
    started[before.who[before.running]] = before.started[before.running]
    return started


def told(block: Block, known: Spells) -> pa.Table:
    """The spells as the records have them at the block's end."""
    ended = block.at(np.nan_to_num(known.ended)).to_numpy(zero_copy_only=False)
    return pa.table(
        {
            "customer_id": block.who(known.who),
            "started_at": block.at(known.started),
            "ended_at": pa.array(ended, INSTANT, mask=known.running),
            "renews_at": _renewal(block, known.who, known.running),
            "plan": names(PLANS, block.traits.plan[known.who]),
            "price": block.traits.fee[known.who],
        }
    )


def _renewal(block: Block, who: Index, running: Flags) -> pa.Array:
    """The beginning of the next week with a bill, for contracts that run."""
    weeks = len(block.weeks)
    wait = (block.traits.bill[who] - weeks) % BILL_WEEKS
    return pa.array(block.at((weeks + wait) * WEEK_SECONDS).to_numpy(zero_copy_only=False), INSTANT, mask=~running)
