"""Customers, contracts, consents."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipelines.market.catalogue import CHANNELS
from pipelines.market.lives import ACTIVE, FADING
from pipelines.market.records.block import Block
from pipelines.market.records.people import consents, customers
from pipelines.market.traits import PLANS

WEEK = pd.Timedelta(weeks=1)


@pytest.fixture(scope="module")
def held(block: Block) -> pd.DataFrame:
    return subscriptions(block, np.random.default_rng(1)).to_pandas()


def test_customers_show_what_is_declared_and_nothing_unseen(block: Block) -> None:
    found = customers(block, np.random.default_rng(1)).to_pandas()
    assert list(found) == ["customer_id", "signed_up_at", "age", "region", "source", "device", "member"]
    assert found.customer_id.is_unique
    weeks = (found.signed_up_at - pd.Timestamp(block.start)) / WEEK
    assert np.array_equal(weeks, block.traits.arrives)
    assert ((found.device == "none") == (block.traits.digital <= 0.3)).all()


def test_a_contract_runs_exactly_while_its_holder_stays(block: Block, held: pd.DataFrame) -> None:
    state = block.matrix("state")
    staying = ((state == ACTIVE) | (state == FADING)) & block.traits.contract
    who = held.customer_id.astype(str).str[1:].astype(int).to_numpy()
    since = (held.started_at - pd.Timestamp(block.start)) // WEEK
    until = ((held.ended_at - pd.Timestamp(block.start)) // WEEK).fillna(len(block.weeks))
    running = np.zeros(state.shape, dtype=int)
    for customer, first, last in zip(who, since.clip(lower=0).astype(int), until.astype(int), strict=True):
        running[first:last, customer] += 1
    assert np.array_equal(running, staying.astype(int))


def test_spells_have_a_plan_a_price_and_an_end_or_a_renewal(block: Block, held: pd.DataFrame) -> None:
    assert set(held.plan) == set(PLANS[1:])
    assert held.groupby("plan", observed=True).price.unique().map(list).to_dict() == {
        "monthly": [6.0],
        "premium": [14.0],
    }
    assert (held.ended_at.isna() == held.renews_at.notna()).all()
    ended = held.dropna(subset="ended_at")
    assert len(ended) > 20
    assert (ended.ended_at > ended.started_at).all()
    ahead = (held.renews_at.dropna() - pd.Timestamp(block.start)) / WEEK - len(block.weeks)
    assert set(ahead) == {0.0, 1.0, 2.0, 3.0}


def test_everybody_answers_for_every_channel_and_may_take_it_back(block: Block) -> None:
    found = consents(block).to_pandas()
    asked = found.iloc[: block.customers * len(CHANNELS)]
    assert np.array_equal(asked.granted.to_numpy().reshape(-1, len(CHANNELS)), block.traits.consents)
    taken = found.iloc[len(asked) :]
    assert len(taken) == block.matrix("unsubscribed").sum() > 0
    assert not taken.granted.any()
    first = asked.set_index(["customer_id", "channel"]).changed_at
    assert (taken.changed_at.to_numpy() > first.loc[list(zip(taken.customer_id, taken.channel, strict=True))]).all()
