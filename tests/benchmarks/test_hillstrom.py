"""Constant policies and the best of three arms, on e-mails made up like Hillstrom's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.effects_argmax import argmax, thirds
from benchmarks.effects_constants import distances
from benchmarks.hillstrom import ARMS, FEATURES, as_log, encoded, read, split, to_all
from decisioning.off_policy import evaluate

COUNT = 6000


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    segment = rng.choice(list(ARMS.values()), COUNT)
    visit = (rng.random(COUNT) < np.where(segment == ARMS["mens"], 0.3, 0.1)).astype(int)
    numbers = {name: rng.random(COUNT) for name in FEATURES}
    return pd.DataFrame({**numbers, "segment": segment, "visit": visit, "customer_id": np.arange(COUNT).astype(str)})


def test_a_split_keeps_arms_and_visits_in_proportion(rows: pd.DataFrame) -> None:
    train, test = split(rows, 0)
    assert (len(train), len(test)) == (4200, 1800)
    assert set(train.index).isdisjoint(test.index)
    shares = [part.groupby("segment").visit.mean() for part in (train, test)]
    assert np.allclose(shares[0], shares[1], atol=0.01)


def test_what_is_encoded_is_chosen_on_the_train_part(rows: pd.DataFrame) -> None:
    train, test = split(rows, 0)
    z, z_test, for_trees = encoded(train, test)
    assert np.allclose(z.mean(axis=0), 0)
    assert z.shape[1] == z_test.shape[1] >= len(for_trees)
    assert not np.allclose(z_test.mean(axis=0), 0, atol=1e-6)


def test_the_arms_are_the_actions(rows: pd.DataFrame) -> None:
    log = as_log(rows, "visit", np.zeros((COUNT, 3)))
    assert (log.actions, log.reward.sum()) == (("none", "mens", "womens"), rows.visit.sum())
    found = evaluate(log, to_all("mens", COUNT))
    assert found.snips is not None
    assert found.snips.value == pytest.approx(rows.visit[rows.segment == ARMS["mens"]].mean())


def test_distances_of_a_random_log_are_small_and_of_a_wrong_truth_large(rows: pd.DataFrame) -> None:
    truth = rows.groupby("segment").visit.mean()
    found = distances(rows, truth, 0)
    assert len(found) == 9
    assert max(found)[0] < 2
    distance, said = max(distances(rows, truth + 0.2, 0))
    assert distance > 5
    assert "seed 0" in said


def test_each_third_is_held_out_once(rows: pd.DataFrame) -> None:
    held = [test.index for _, test in thirds(rows, 0)]
    assert sorted(np.concatenate(held)) == list(range(COUNT))
    assert all(set(train.index).isdisjoint(test.index) for train, test in thirds(rows, 0))


def test_argmax_takes_the_most_expected() -> None:
    columns = [np.array([0.1, 0.5]), np.array([0.3, 0.2]), np.array([0.2, 0.1])]
    assert argmax(columns).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_the_file_is_found_where_it_lies(shared_data: object) -> None:
    shared_data("hillstrom.csv")  # type: ignore[operator]
    rows = read()
    assert (len(rows), rows.customer_id.is_unique) == (64_000, True)
    assert rows.groupby("segment").visit.mean().round(3).to_dict() == {
        "Mens E-Mail": 0.183,
        "No E-Mail": 0.106,
        "Womens E-Mail": 0.151,
    }
