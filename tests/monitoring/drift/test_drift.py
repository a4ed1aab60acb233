from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.monitoring import Monitoring
from monitoring.columns import pairs
from monitoring.drift.drift import DriftResult, find_drift
from monitoring.drift.findings import findings


@pytest.fixture
def judge(world, settings, tmp_path: Path):
    def judge(reference: pd.DataFrame, current: pd.DataFrame, settings: Monitoring = settings) -> DriftResult:
        rng = np.random.default_rng(0)
        return find_drift(pairs(reference, current), settings, measure=world.measure, reports=tmp_path, rng=rng)

    return judge


def test_nothing_drifted(world, judge) -> None:
    found = judge(world.customers(1500, 1), world.customers(600, 2))
    assert (found.drifted, found.share, len(found.checked)) == ((), 0.0, 4)
    assert (found.reference_rows, found.current_rows, found.page) == (1500, 600, "evidently/drift.html")


def test_what_drifted_comes_first_and_only_that(world, judge) -> None:
    found = judge(world.customers(1500, 1), world.customers(600, 2, shift=0.5))
    assert {column.name for column in found.drifted} == {"p_churn", "purchases__days_since_last"}
    assert [column.drifted for column in found.columns] == [True, True, False, False]
    assert found.share == 0.5


def test_what_moved_because_its_feed_is_broken_has_not_drifted(world, tmp_path: Path, settings) -> None:
    found = find_drift(
        pairs(world.customers(1500, 1), world.customers(600, 2, shift=0.5)),
        settings,
        measure=world.measure,
        reports=tmp_path,
        rng=np.random.default_rng(0),
        broken=frozenset({"purchases__days_since_last"}),
    )
    assert [(column.name, column.drifted, column.broken) for column in found.columns[:2]] == [
        ("p_churn", True, False),
        ("purchases__days_since_last", False, True),
    ]
    (shifted,) = findings(found, settings)
    assert (shifted.level, shifted.do) == ("watch", "Repair what is broken first; see Data.")


def test_a_shift_that_chance_cannot_explain_but_nobody_would_mind_is_no_drift(world, judge, settings) -> None:
    reference, current = world.customers(5000, 1), world.customers(5000, 2, shift=0.08)
    strict = settings.model_copy(update={"smallest_shift": 0.0})
    assert judge(reference, current, strict).drifted
    assert not judge(reference, current).drifted


def test_scores_are_summarised_on_one_axis(world, judge) -> None:
    scores = judge(world.customers(900, 1), world.customers(400, 2, shift=1.0)).scores
    assert (scores.edges[0], scores.edges[-1], len(scores.edges)) == (0.0, 1.0, 21)
    assert (sum(scores.reference), sum(scores.current)) == pytest.approx((1.0, 1.0))
    assert scores.current_mean > scores.reference_mean


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda f: f.drop(columns="x"), "missing from every served vector"),
        (lambda f: f.assign(x=np.nan), "null for every customer now"),
        (lambda f: f.assign(x="text"), "null for every customer now"),
        (lambda f: f.assign(x=[1.0] * 10 + [np.nan] * 290), "not enough values (10, needs 200)"),
        (lambda f: f.head(1), "not enough values (1, needs 200)"),
        (lambda f: f.head(0), "not enough values (0, needs 200)"),
        (lambda _: pd.DataFrame(), "not enough values (0, needs 200)"),
    ],
)
def test_a_column_that_cannot_be_judged_says_why(judge, change, why: str) -> None:
    frame = pd.DataFrame({"x": np.arange(300.0)})
    (column,) = judge(frame, change(frame)).columns
    assert (column.skipped, column.drifted, column.statistic) == (why, False, None)


@pytest.mark.parametrize(
    ("reference", "current", "why"),
    [
        ([None] * 300, [1.0] * 300, "never filled in training"),
        ([2.0] * 300, [2.0] * 300, "the same value everywhere"),
        ([1.0] * 50 + [None] * 250, [1.0] * 300, "not enough values (50, needs 200)"),
    ],
)
def test_a_reference_that_cannot_be_judged_says_why(judge, reference, current, why: str) -> None:
    found = judge(pd.DataFrame({"x": reference}), pd.DataFrame({"x": current}))
    assert (found.columns[0].skipped, found.page, found.share) == (why, None, 0.0)


def test_int64_with_nulls_is_judged_like_floats(judge) -> None:
    rng = np.random.default_rng(0)
    whole = pd.DataFrame({"x": rng.integers(0, 50, 800)}).astype("Int64")
    nullable = whole.mask(rng.random((800, 1)) < 0.1)
    (column,) = judge(whole, nullable).columns
    assert (column.method, column.drifted, column.skipped) == ("wasserstein", False, None)


def test_a_constant_that_changed_is_drift(judge) -> None:
    found = judge(pd.DataFrame({"x": [1.0] * 300}), pd.DataFrame({"x": [2.0] * 300}))
    assert found.columns[0].drifted


def test_the_same_seed_gives_the_same_thresholds(world, judge) -> None:
    frames = world.customers(500, 1), world.customers(300, 2)
    assert judge(*frames) == judge(*frames)
