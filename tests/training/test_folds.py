"""The past teaches, the future judges, and nothing that teaches was still open when judging began."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import DataError
from tests.training.worlds import labelled, lapse
from training.folds import split, temporal


@given(
    instants=st.integers(2, 14),
    every_days=st.integers(1, 30),
    horizon_days=st.integers(1, 90),
    count=st.integers(2, 5),
)
def test_no_row_teaches_whose_window_closes_after_judging_begins(
    instants: int, every_days: int, horizon_days: int, count: int
) -> None:
    problem = lapse(5, instants, every_days=every_days, horizon_days=horizon_days)
    as_of, closes_at = problem.rows["as_of"], problem.rows["closes_at"]
    judged: list[int] = []
    for fold in temporal(problem, count):
        begins = as_of.iloc[fold.valid].min()
        assert (closes_at.iloc[fold.train] <= begins).all()
        assert set(fold.train) == set(np.flatnonzero(closes_at <= begins))  # all that may teach does
        judged += fold.valid.tolist()
    assert len(judged) == len(set(judged))
    assert judged == sorted(judged)
    assert as_of.iloc[judged].min() >= as_of.sort_values().unique()[instants // 2]  # the later half judges


@pytest.mark.parametrize(
    ("customers", "instants", "horizon_days", "how"),
    [
        (300, 6, 14, "temporal, 3 folds, labels closed before each validation block"),
        (300, 1, 14, "random: the data has a single snapshot"),
        (300, 3, 90, "by customer: the history is too short for a temporal split with a gap"),
        (50, 6, 14, "by customer: the history is too short for a temporal split with a gap"),  # < 200 rows a side
    ],
)
def test_the_split_says_how_it_was_made(customers: int, instants: int, horizon_days: int, how: str) -> None:
    made = split(lapse(customers, instants, horizon_days=horizon_days), 3, 0, 200)
    assert (made.how, len(made.folds)) == (how, 3)


def test_a_customer_is_never_on_both_sides_where_the_history_is_short() -> None:
    problem = lapse(100, 3, horizon_days=90)
    for fold in split(problem, 3, 0, 200).folds:
        ids = problem.rows["customer_id"]
        assert not set(ids.iloc[fold.train]) & set(ids.iloc[fold.valid])


def test_a_fold_without_one_class_does_not_judge() -> None:
    problem = lapse()
    late = problem.rows["as_of"] >= problem.rows["as_of"].sort_values().unique()[-1]
    label = np.where(late, 0.0, problem.label)  # nobody left at the last instant
    assert split(labelled(problem, label), 3, 0, 200).how.startswith("temporal, 2 folds")


def test_labels_of_one_customer_alone_cannot_be_split() -> None:
    problem = lapse(100, 3, horizon_days=90)
    label = (problem.rows["customer_id"] == "c1").to_numpy(float)
    with pytest.raises(DataError, match="the labels of too few customers differ"):
        split(labelled(problem, label), 3, 0, 200)


def test_the_same_seed_gives_the_same_folds() -> None:
    problem = lapse(300, 1)
    first, second, other = (split(problem, 3, seed, 200).folds[0].valid.tolist() for seed in (4, 4, 5))
    assert first == second
    assert first != other
