"""Customers and consents."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.market.catalogue import CHANNELS
from pipelines.market.records.block import Block
from pipelines.market.records.people import consents, customers

WEEK = pd.Timedelta(weeks=1)


def test_customers_show_what_is_declared_and_nothing_unseen(block: Block) -> None:
    found = customers(block, np.random.default_rng(1)).to_pandas()
    assert list(found) == ["customer_id", "signed_up_at", "age", "region", "source", "device", "member"]
    assert found.customer_id.is_unique
    weeks = (found.signed_up_at - pd.Timestamp(block.start)) / WEEK
    assert np.array_equal(weeks, block.traits.arrives)
    assert ((found.device == "none") == (block.traits.digital <= 0.3)).all()


def test_everybody_answers_for_every_channel_and_may_take_it_back(block: Block) -> None:
    found = consents(block).to_pandas()
    asked = found.iloc[: block.customers * len(CHANNELS)]
    assert np.array_equal(asked.granted.to_numpy().reshape(-1, len(CHANNELS)), block.traits.consents)
    taken = found.iloc[len(asked) :]
    assert len(taken) == block.matrix("unsubscribed").sum() > 0
    assert not taken.granted.any()
    first = asked.set_index(["customer_id", "channel"]).changed_at
    assert (taken.changed_at.to_numpy() > first.loc[list(zip(taken.customer_id, taken.channel, strict=True))]).all()
