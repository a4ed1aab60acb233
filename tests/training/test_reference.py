"""The panel that later customers are held against."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest

from training.reference import panel

CUSTOMERS, INSTANTS = 4_000, 8


def rows(seen: int = INSTANTS) -> pd.DataFrame:
    """Half of the customers are there at every instant, the others at the first `seen` only."""
    instants = pd.date_range("2024-01-01", periods=INSTANTS, freq="28D", tz="UTC")
    whole = pd.MultiIndex.from_product([range(CUSTOMERS), range(INSTANTS)], names=["who", "when"]).to_frame(index=False)
    there = whole[(whole.who % 2 == 0) | (whole.when < seen)].reset_index(drop=True)
    return there.assign(customer_id="c" + there.who.astype(str), as_of=instants[there.when.to_numpy()])


def test_rows_are_of_different_customers_and_of_all_instants_alike() -> None:
    asked = rows()
    found = asked.iloc[panel(asked, 10_000)]
    assert found.customer_id.is_unique
    each = found.as_of.value_counts()
    assert len(each) == INSTANTS
    share = 1 / INSTANTS
    assert np.abs(each - CUSTOMERS * share).max() < 4 * sqrt(CUSTOMERS * share * (1 - share))


def test_who_was_there_for_short_does_not_count_the_more() -> None:
    asked = rows(seen=2)
    found = asked.iloc[panel(asked, 10_000)]
    brief, there = float((found.who % 2).mean()), float((asked.who % 2).mean())
    assert (there, float((asked.drop_duplicates("customer_id").who % 2).mean())) == (0.2, 0.5)
    assert brief == pytest.approx(there, abs=4 * sqrt(there * (1 - there) / len(found)))


def test_a_large_company_is_drawn_from() -> None:
    asked = rows()
    found = asked.iloc[panel(asked, 500)]
    assert (len(found), found.customer_id.nunique(), found.as_of.nunique()) == (500, 500, INSTANTS)


def test_one_instant_is_told_whole() -> None:
    asked = rows()
    asked = asked[asked.when == 3]
    assert len(panel(asked, 10_000)) == CUSTOMERS


def test_the_same_rows_give_the_same_panel_whatever_their_order() -> None:
    asked = rows(seen=3)
    turned = asked.iloc[::-1].reset_index(drop=True)
    keys = ["customer_id", "as_of"]
    told = [frame.iloc[panel(frame, 10_000)][keys].sort_values(keys, ignore_index=True) for frame in (asked, turned)]
    pd.testing.assert_frame_equal(*told)
