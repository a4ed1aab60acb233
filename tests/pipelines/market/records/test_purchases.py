"""Purchases add up to the weeks they come from; points to what was bought."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipelines.market.climate import Drift
from pipelines.market.lives import DISCOUNT
from pipelines.market.records.block import Block
from pipelines.market.records.purchases import TIERS, VOUCHER, loyalty, transactions
from pipelines.market.setting import Setting, blocks


def place(frame: pd.DataFrame, block: Block) -> tuple[pd.Series, pd.Series]:
    """(week, customer) of each row."""
    week = (frame.occurred_at - pd.Timestamp(block.start)).dt.total_seconds() // (7 * 86_400)
    return week.astype(int), frame.customer_id.astype(str).str[1:].astype(int)


def summed(frame: pd.DataFrame, block: Block, name: str) -> np.ndarray:
    total = np.zeros((len(block.weeks), block.customers))
    np.add.at(total, place(frame, block), frame[name])
    return total


@pytest.fixture(scope="module")
def bought(block: Block) -> pd.DataFrame:
    return transactions(block, np.random.default_rng(1)).to_pandas()


def test_margins_and_amounts_add_up_to_the_weeks_to_a_cent_each(block: Block, bought: pd.DataFrame) -> None:
    rounding = 0.005 * (block.matrix("purchases") + 1) + 1e-9
    assert (np.abs(summed(bought, block, "margin") - block.matrix("margin")) <= rounding).all()
    sales = bought[bought.category != "membership"]
    assert (np.abs(summed(sales, block, "amount") - block.matrix("amount")) <= rounding).all()


def test_there_is_a_row_for_each_purchase_and_each_bill(block: Block, bought: pd.DataFrame) -> None:
    bills = bought.category == "membership"
    ones = bought.assign(one=1.0)
    assert np.array_equal(summed(ones[~bills], block, "one"), block.matrix("purchases"))
    assert np.array_equal(summed(ones[bills], block, "one"), block.matrix("billed").astype(float))
    assert set(bought[bills].amount) == {6.0, 14.0}


def test_bargains_are_as_many_as_were_discounted(block: Block, bought: pd.DataFrame) -> None:
    cheap = bought[bought.discount > 0]
    assert np.array_equal(summed(cheap.assign(one=1.0), block, "one"), block.matrix("discounted"))
    assert np.allclose(cheap.discount / (cheap.amount + cheap.discount), DISCOUNT, atol=0.02)


def test_nobody_buys_before_signing_up(block: Block, bought: pd.DataFrame) -> None:
    week, who = place(bought, block)
    assert (week >= block.traits.arrives[who]).all()


def test_everybody_has_a_favourite(block: Block, bought: pd.DataFrame) -> None:
    counts = bought[bought.category != "membership"].groupby("customer_id", observed=True).category.value_counts(True)
    often = bought.groupby("customer_id", observed=True).size().loc[lambda rows: rows >= 40].index
    assert counts.groupby(level=0, observed=True).max().loc[often].mean() == pytest.approx(0.5 + 0.5 / 8, abs=0.05)


def test_covariate_drift_moves_purchases_to_the_app_and_raises_prices() -> None:
    setting = Setting(customers=1_500, weeks=26, seed=3, drifts=(Drift("covariate", 13),))
    drifted = next(block for block, _ in blocks(setting))
    found = transactions(drifted, np.random.default_rng(1)).to_pandas()
    found = found[found.category != "membership"]
    late = place(found, drifted)[0] >= 13
    by_app = found.channel == "app"
    assert by_app[late].mean() > by_app[~late].mean() + 0.2
    assert found.amount[late].median() > 1.2 * found.amount[~late].median()


def test_points_are_earned_by_members_and_paid_out_as_vouchers(block: Block) -> None:
    moved = loyalty(block).to_pandas()
    _, who = place(moved, block)
    assert block.traits.member[who].all()
    balance = moved.sort_values("occurred_at").groupby("customer_id", observed=True).points_delta.cumsum()
    assert balance.min() >= 0
    assert moved.groupby("customer_id", observed=True).points_delta.sum().max() < VOUCHER
    assert (moved.points_delta[moved.points_delta < 0] % VOUCHER == 0).all()


def test_tiers_only_rise(block: Block) -> None:
    moved = loyalty(block).to_pandas().sort_values("occurred_at")
    rank = moved.assign(rank=moved.tier.map({tier: place for place, tier in enumerate(TIERS)}).astype(int))
    assert (rank.groupby("customer_id", observed=True)["rank"].diff().dropna() >= 0).all()
    assert set(moved.tier) == set(TIERS)
