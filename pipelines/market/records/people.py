"""Customers with their declared attributes, their contracts, and what they consented to."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.market.arrays import Flags, Index, Vector
from pipelines.market.catalogue import ACTIONS, CHANNELS
from pipelines.market.lives import ACTIVE, FADING
from pipelines.market.records.block import INSTANT, WEEK_SECONDS, Block, names, within
from pipelines.market.traits import BILL_WEEKS, PLANS, REGIONS, SOURCES

DEVICES = ("none", "ios", "android")


def customers(block: Block, rng: np.random.Generator) -> pa.Table:
    """One row per customer. The device is the phone the app runs on."""
    traits = block.traits
    has_app = (traits.digital > 0.3).astype(np.int64)
    return pa.table(
        {
            "customer_id": block.ids,
            "signed_up_at": block.at(_signed_up(block)),
            "age": traits.age,
            "region": names(REGIONS, traits.region),
            "source": names(SOURCES, traits.source),
            "device": names(DEVICES, has_app * rng.integers(1, 3, block.customers)),
            "member": traits.member.astype(np.float64),
        }
    )


def _signed_up(block: Block) -> Vector:
    return np.asarray(block.traits.arrives * float(WEEK_SECONDS))


def subscriptions(block: Block, rng: np.random.Generator) -> pa.Table:
    """One row per spell of a contract: it ends in the week its holder goes, and a new one begins with a return."""
    who = np.flatnonzero(block.traits.contract)
    state = block.matrix("state")[:, who]
    held = (state == ACTIVE) | (state == FADING)
    before = np.vstack([np.zeros((1, len(who)), dtype=bool), held])
    after = np.vstack([held, np.zeros((1, len(who)), dtype=bool)])
    # Both in order of customer, then week: the n-th begin belongs to the n-th end.
    owner, begins = np.nonzero((after & ~before).T)
    _, ends = np.nonzero((before & ~after).T)
    signed = np.maximum(_signed_up(block)[who[owner]], 0.0)
    old = (begins == 0) & (block.traits.arrives[who[owner]] < 0)
    started = np.where(old, _signed_up(block)[who[owner]], np.maximum(within(begins, rng), signed))
    running = ends == len(block.weeks)
    ended = block.at(within(ends, rng)).to_numpy(zero_copy_only=False)
    return pa.table(
        {
            "customer_id": block.who(who[owner]),
            "started_at": block.at(started),
            "ended_at": pa.array(ended, INSTANT, mask=running),
            "renews_at": _renewal(block, who[owner], running),
            "plan": names(PLANS, block.traits.plan[who[owner]]),
            "price": block.traits.fee[who[owner]],
        }
    )


def _renewal(block: Block, who: Index, running: Flags) -> pa.Array:
    """The beginning of the next week with a bill, for contracts that run."""
    weeks = len(block.weeks)
    wait = (block.traits.bill[who] - weeks) % BILL_WEEKS
    return pa.array(block.at((weeks + wait) * WEEK_SECONDS).to_numpy(zero_copy_only=False), INSTANT, mask=~running)


def consents(block: Block) -> pa.Table:
    """What each customer said of each channel on signing up, and who unsubscribed since."""
    channels = len(CHANNELS)
    who, channel = np.divmod(np.arange(block.customers * channels), channels)
    week, left = np.nonzero(block.matrix("unsubscribed"))
    by = np.array([action.channel for action in ACTIONS])[block.matrix("action")[week, left]]
    granted = np.concatenate([block.traits.consents[who, channel], np.zeros(len(left), dtype=bool)])
    changed = np.concatenate([_signed_up(block)[who], week * float(WEEK_SECONDS) + 86_400.0])
    return pa.table(
        {
            "customer_id": block.who(np.concatenate([who, left])),
            "channel": names(tuple(CHANNELS), np.concatenate([channel, by])),
            "granted": granted,
            "changed_at": block.at(changed),
        }
    )
