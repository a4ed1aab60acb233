from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from configs.monitoring import Monitoring
from monitoring.performance.estimated import expected_auc, windows
from monitoring.performance.findings import findings
from monitoring.performance.matured import Performance, judge

SETTINGS = Monitoring(resamples=200, min_rows=200, window_days=28)


def test_the_expected_auc_of_two_customers_by_hand() -> None:
    """Of risks .8 and .4, one leaves and one stays in .8 x .6 + .4 x .2 = .56 of worlds, rightly ordered in .48."""
    assert expected_auc(np.array([0.8, 0.4])) == pytest.approx(0.48 / 0.56)


def test_equal_risks_rank_nobody() -> None:
    assert expected_auc(np.full(50, 0.3)) == pytest.approx(0.5)


def test_where_nobody_can_leave_there_is_no_auc() -> None:
    assert np.isnan(expected_auc(np.zeros(5)))


def frame(world, rng: np.random.Generator, customers: int = 3000, spans: int = 4) -> pd.DataFrame:
    """A prediction of every customer in each of the last spans, right in all; a label matures after 56 days."""
    parts = []
    for span in range(spans):
        p = rng.beta(1, 1.5 + span, customers)
        as_of = pd.Timestamp(world.now) - timedelta(days=28 * span + 10)
        matures_at = as_of + timedelta(days=56)
        label = np.where(matures_at <= world.now, (rng.random(customers) < p) * 1.0, np.nan)
        ids = [f"c{at}" for at in range(customers)]
        parts.append(
            pd.DataFrame({"customer_id": ids, "as_of": as_of, "p_churn": p, "label": label, "matures_at": matures_at})
        )
    return pd.concat(parts, ignore_index=True).assign(at_risk=True)


def test_estimates_of_right_risks_are_near_what_comes(world) -> None:
    """Over 20 worlds the mean absolute error is that of a realised AUC of 3,000 customers alone, about .008."""
    errors = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = windows(frame(world, rng), SETTINGS, now=world.now, rng=rng)
        assert [one.realised is None for one in found] == [False, False, True, True]
        assert [one.customers for one in found] == [3000] * 4
        errors += [one.estimated.value - one.realised.value for one in found if one.realised]
    assert np.abs(errors).mean() < 0.01
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(len(errors))


def test_the_interval_is_that_of_an_auc_yet_to_be_seen(world) -> None:
    """In 60 worlds of two known spans each, 95% of the realised lie within: under 106 of 120 in one of 1,000 runs."""
    inside = []
    for seed in range(60):
        rng = np.random.default_rng(100 + seed)
        found = windows(frame(world, rng, 600), SETTINGS, now=world.now, rng=rng)
        inside += [one.estimated.low <= one.realised.value <= one.estimated.high for one in found if one.realised]
    assert len(inside) == 120
    assert sum(inside) >= 106


def test_a_span_of_few_customers_is_left_out(world) -> None:
    rng = np.random.default_rng(0)
    assert windows(frame(world, rng, 150), SETTINGS, now=world.now, rng=rng) == ()


def test_rows_that_are_not_at_risk_do_not_count(world) -> None:
    rng = np.random.default_rng(0)
    told = frame(world, rng, 400, spans=3)
    first = told["as_of"].min()
    told.loc[(told["as_of"] == first) & (told.index % 2 == 0), "label"] = np.nan
    found = windows(told, SETTINGS, now=world.now, rng=rng)
    assert [one.customers for one in found] == [200, 400, 400]


def decayed(world, rng: np.random.Generator, gone: float) -> Performance:
    """Six spans known, of whose last a share of customers left whatever was predicted."""
    known = frame(world, rng, spans=8)
    last = known.as_of == known.as_of[known.label.notna()].max()
    left = known.label.where(~last | (rng.random(len(known)) >= gone), 1.0)
    told = known.assign(label=left)
    found = windows(told, SETTINGS, now=world.now, rng=rng)
    return replace(judge(told, SETTINGS, now=world.now, rng=rng), windows=found)


@pytest.mark.parametrize(("gone", "level"), [(0.0, "good"), (0.1, "act")])
def test_a_year_of_right_predictions_does_not_hide_that_the_last_were_wrong(world, gone: float, level: str) -> None:
    found = decayed(world, np.random.default_rng(5), gone)
    (finding,) = findings(found, SETTINGS)
    assert (finding.level, finding.what) == (
        level,
        "The predicted risks no longer match what happens." if gone else "The predicted risks match what happened.",
    )


def test_spans_with_right_predictions_seldom_decay(world) -> None:
    """Off by more than chance explains at 5%: more than 12 of 90 spans in fewer than one of 1,000 runs."""
    strict = SETTINGS.model_copy(update={"max_ece": 1e-9})
    alarms = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        found = windows(frame(world, rng, customers=600, spans=5), strict, now=world.now, rng=rng)
        alarms += sum(one.came.ece > one.came.ece_by_chance for one in found if one.came)
    assert alarms <= binom.ppf(1 - 1e-3, 90, 0.05)
