from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from configs.monitoring import Monitoring
from monitoring.performance.slices import slices

SETTINGS = Monitoring(resamples=100, min_labels=100)
REGIONS = list("abcdefgh")


def labelled(rng: np.random.Generator, off: float = 0.0, customers: int = 4000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two predictions a customer, whose one label holds for both; in region a, risks are `off` too low."""
    region = rng.choice(REGIONS, customers)
    p = rng.uniform(0.05, 0.4, customers)
    label = (rng.random(customers) < p + off * (region == "a")) * 1.0
    ids = np.array([f"c{at}" for at in range(customers)])
    rows = pd.DataFrame({"customer_id": np.tile(ids, 2), "p_churn": np.tile(p, 2), "label": np.tile(label, 2)})
    return rows, pd.DataFrame({"customer_id": ids, "region": region, "name": ids})


def test_the_slice_that_is_off_comes_first_with_its_size() -> None:
    rng = np.random.default_rng(1)
    rows, groups = labelled(rng, off=0.15)
    found = slices(rows, groups, SETTINGS, rng)
    assert {one.attribute for one in found} == {"region"}  # 4,000 names are no slices
    worst = found[0]
    assert (worst.attribute, worst.value, worst.differs) == ("region", "a", True)
    assert worst.gap.low < 0.15 < worst.gap.high
    assert worst.gap.value == pytest.approx(worst.observed - worst.predicted)
    assert worst.customers == int((groups["region"] == "a").sum())
    assert [one.differs for one in found[1:]] == [False] * 7


def test_where_nothing_is_off_hardly_any_slice_stands_out() -> None:
    """At 5% over eight slices, 100 worlds: more than 13 alarms in one of 1,000 runs."""
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        alarms += any(one.differs for one in slices(*labelled(rng, customers=1600), Monitoring(resamples=100), rng))
    assert alarms <= 13


def test_a_customer_is_one_witness() -> None:
    """With every row there twice, the interval is as wide as with each there once."""
    rng = np.random.default_rng(2)
    rows, groups = labelled(rng)
    once = rows.drop_duplicates("customer_id")
    wide, narrow = (slices(given, groups, SETTINGS, rng) for given in (rows, once))
    width = [{one.value: one.gap.high - one.gap.low for one in found} for found in (wide, narrow)]
    assert width[0] == pytest.approx(width[1])


def test_a_slice_in_which_nobody_was_to_leave_and_nobody_did_is_not_off() -> None:
    rng = np.random.default_rng(4)
    rows, groups = labelled(rng)
    safe = rows["customer_id"].isin(groups.loc[groups["region"] == "a", "customer_id"])
    rows.loc[safe, ["p_churn", "label"]] = [0.002, 0.0]
    assert "a" not in {one.value for one in slices(rows, groups, SETTINGS, rng)}
    rows.loc[safe & (rng.random(len(rows)) < 0.05), "label"] = 1.0
    worst = slices(rows, groups, SETTINGS, rng)[0]
    assert (worst.value, worst.differs) == ("a", True)


def test_small_slices_are_not_told() -> None:
    rng = np.random.default_rng(3)
    rows, groups = labelled(rng, customers=400)
    groups.loc[:2, "region"] = "rare"
    assert "rare" not in {one.value for one in slices(rows, groups, Monitoring(min_labels=30), rng)}
    assert slices(rows, groups, Monitoring(min_labels=500), rng) == ()
