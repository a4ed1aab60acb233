"""Contracts: a spell for as long as the holder stays, told at once or week by week."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipelines.market.lives import ACTIVE, FADING
from pipelines.market.records.block import Block
from pipelines.market.records.contracts import NONE, spells, subscriptions, told
from pipelines.market.traits import PLANS

WEEK = pd.Timedelta(weeks=1)


@pytest.fixture(scope="module")
def held(block: Block) -> pd.DataFrame:
    return subscriptions(block, np.random.default_rng(1)).to_pandas()


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


def week_by_week(block: Block) -> pd.DataFrame:
    known, at = NONE, block
    for week in range(1, len(block.weeks) + 1):
        at = replace(block, weeks=block.weeks[:week], told=week - 1)
        known = spells(at, np.random.default_rng([2, week]), known)
    return told(at, known).to_pandas()


def test_told_week_by_week_they_are_the_same_spells(block: Block, held: pd.DataFrame) -> None:
    """Instants within a week are drawn anew; whose spell begins and ends in which week is not."""
    columns = ["customer_id", "since", "until"]
    found = [
        rows.assign(
            customer_id=rows.customer_id.astype(str),
            since=(rows.started_at - pd.Timestamp(block.start)) // WEEK,
            until=((rows.ended_at - pd.Timestamp(block.start)) // WEEK).fillna(-1),
        )
        .sort_values(columns)[columns]
        .reset_index(drop=True)
        for rows in (held, week_by_week(block))
    ]
    pd.testing.assert_frame_equal(*found)


def test_what_was_told_of_a_spell_stays_true(block: Block) -> None:
    half = replace(block, weeks=block.weeks[:13])
    before = spells(half, np.random.default_rng(1))
    after = spells(replace(block, told=13), np.random.default_rng(2), before)
    known = dict(zip(zip(after.who, after.started, strict=True), after.ended, strict=True))
    for who, started, ended in zip(before.who, before.started, before.ended, strict=True):
        assert np.isnan(ended) or known[who, started] == ended
        assert (who, started) in known
    assert before.running.sum() > 100
