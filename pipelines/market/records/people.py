"""Customers with their declared attributes, and what they consented to."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.market.arrays import Vector
from pipelines.market.catalogue import CHANNELS
from pipelines.market.records.block import WEEK_SECONDS, Block, names
from pipelines.market.traits import REGIONS, SOURCES

DEVICES = ("none", "ios", "android")


def customers(block: Block, rng: np.random.Generator) -> pa.Table:
    """One row per customer who signed up. The device is the phone the app runs on."""
    traits, new = block.traits, block.arriving_customers()
    has_app = (traits.digital > 0.3).astype(np.int64)
    device = has_app * rng.integers(1, 3, block.customers)
    return pa.table(
        {
            "customer_id": block.ids.take(pa.array(new)),
            "signed_up_at": block.at(signed_up(block)[new]),
            "age": traits.age[new],
            "region": names(REGIONS, traits.region[new]),
            "source": names(SOURCES, traits.source[new]),
            "device": names(DEVICES, device[new]),
            "member": traits.member[new].astype(np.float64),
        }
    )


def signed_up(block: Block) -> Vector:
    """When each customer signs up, in seconds after the start."""
    return np.asarray(block.traits.arrives * float(WEEK_SECONDS))


def consents(block: Block) -> pa.Table:
    """What each customer said of each channel on signing up, and who unsubscribed since."""
    channels = len(CHANNELS)
    place, channel = np.divmod(np.arange(len(block.arriving_customers()) * channels), channels)
    who = block.arriving_customers()[place]
    week, left = block.events("unsubscribed")
    by = block.catalogue.channel[block.of("action", week, left).astype(np.int64)]
    granted = np.concatenate([block.traits.consents[who, channel], np.zeros(len(left), dtype=bool)])
    changed = np.concatenate([signed_up(block)[who], week * float(WEEK_SECONDS) + 86_400.0])
    return pa.table(
        {
            "customer_id": block.who(np.concatenate([who, left])),
            "channel": names(tuple(CHANNELS), np.concatenate([channel, by])),
            "granted": granted,
            "changed_at": block.at(changed),
        }
    )
