"""Observables come from the records before the week, and they say something of the unseen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipelines.market.history import history
from pipelines.market.lives import GONE
from pipelines.market.observe import CATEGORIES, observables
from pipelines.market.records.block import Block

WEEK = 20


@pytest.fixture(scope="module")
def seen(block: Block) -> pd.DataFrame:
    return observables(block.traits, history(block.weeks[:WEEK], block.customers))


def test_they_are_numbers_but_for_the_categories(seen: pd.DataFrame) -> None:
    assert 25 <= len(seen.columns) <= 40
    assert tuple(name for name in seen if seen[name].dtype == object) == CATEGORIES
    numbers = seen.drop(columns=list(CATEGORIES))
    assert np.isfinite(numbers.fillna(0.0).to_numpy()).all()


def test_nothing_unseen_is_among_them(seen: pd.DataFrame) -> None:
    assert not {"deal", "digital", "touchy", "unlucky", "loose", "state", "fatigue"} & set(seen)


def test_sums_and_rates(block: Block, seen: pd.DataFrame) -> None:
    bought = np.stack([week.purchases for week in block.weeks[:WEEK]], axis=1)
    assert np.array_equal(seen.purchases_26w, bought.sum(axis=1))
    assert np.array_equal(seen.purchases_4w, bought[:, -4:].sum(axis=1))
    someone = int(np.flatnonzero(bought.any(axis=1))[0])
    first, last = np.flatnonzero(bought[someone])[[0, -1]]
    row = seen.iloc[someone]
    assert row.recency_weeks == WEEK - last
    assert row.rate == pytest.approx(bought[someone].sum() / (WEEK - first))
    assert row.overdue == pytest.approx(row.recency_weeks * row.rate)
    assert row.trend == pytest.approx(bought[someone, -4:].mean() - bought[someone, -13:].mean())


def test_who_never_bought_has_no_mean_and_no_recency(block: Block, seen: pd.DataFrame) -> None:
    never = seen.purchases_26w == 0
    assert never.any()
    assert seen.loc[never, ["recency_weeks", "amount_mean", "discounted_share", "overdue"]].isna().all(axis=None)
    assert seen.loc[~never, ["recency_weeks", "amount_mean", "discounted_share"]].notna().all(axis=None)


@pytest.mark.parametrize(
    ("feature", "unseen", "least"),
    [("discounted_share", "deal", 0.8), ("app_26w", "digital", 0.5), ("amount_mean", "basket", 0.8)],
)
def test_unseen_traits_leave_traces(block: Block, seen: pd.DataFrame, feature: str, unseen: str, least: float) -> None:
    often = (seen.purchases_26w >= 8).to_numpy()
    found = np.corrcoef(seen.loc[often, feature], getattr(block.traits, unseen)[often])[0, 1]
    assert least < found < 0.99


def test_the_gone_are_silent(block: Block, seen: pd.DataFrame) -> None:
    gone = block.weeks[WEEK - 1].state == GONE
    assert seen.recency_weeks[gone].median() > 3 * seen.recency_weeks[~gone].median()
