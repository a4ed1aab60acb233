"""Boosters by fold: blind to it, cut alike, kept, and the same again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.training.effects.known import QUICK, world
from training.effects.boosted import Trees

WORLD = world("threshold", 3000, margin=True)
POSED = WORLD.contrast
EVERYONE = np.arange(len(POSED.z))


def test_a_booster_has_not_seen_its_fold() -> None:
    other = np.where(POSED.fold == 1, 1000.0, POSED.outcome)
    grown = [Trees(POSED, QUICK).grow("y", lambda _, y=y: y, EVERYONE, [1]).held for y in (POSED.outcome, other)]
    own = POSED.fold == 1
    assert np.isnan(grown[0][~own]).all()
    assert grown[1][own].max() < POSED.outcome[~own].max()


def test_it_learns_what_depends_on_columns() -> None:
    held = Trees(POSED, QUICK).grow("true", lambda _: WORLD.true, EVERYONE, range(3)).held
    assert np.corrcoef(held, WORLD.true)[0, 1] > 0.95


def test_each_fold_has_its_own_label_and_rows() -> None:
    asked: list[int] = []

    def label(fold: int) -> np.ndarray:
        asked.append(fold)
        return np.full(len(EVERYONE), float(fold))

    treated = np.flatnonzero(POSED.treated == 1)
    grown = Trees(POSED, QUICK).grow("fold", label, treated, [0, 2])
    assert asked == [0, 2]
    assert sorted(grown.boosters) == [0, 2]
    assert np.nanmean(grown.held[POSED.fold == 2]) == pytest.approx(2.0)


def test_what_was_grown_under_a_name_is_kept() -> None:
    asked: list[int] = []

    def label(fold: int) -> np.ndarray:
        asked.append(fold)
        return POSED.outcome

    trees = Trees(POSED, QUICK)
    first = trees.grow("y", label, EVERYONE, [0])
    whole = trees.grow("y", label, EVERYONE, range(3))
    assert asked == [0, 1, 2]
    assert sorted(first.boosters) == [0]
    assert len({booster.num_trees() for booster in whole.boosters.values()}) == 1
    assert not np.isnan(whole.held).any()


def test_yes_or_no_is_a_probability() -> None:
    posed = world("constant", 3000).contrast
    held = Trees(posed, QUICK).grow("y", lambda _: posed.outcome, EVERYONE, range(3), binary=True).held
    assert held.mean() == pytest.approx(posed.outcome.mean(), abs=0.01)
    assert (held > 0).all()
    assert (held < 1).all()


def test_rows_weigh_what_they_weigh() -> None:
    half = np.where(np.arange(3000) % 2 == 0, 1.0, 1e-6)
    posed = dataclasses.replace(POSED, weight=half)
    label = np.arange(3000) % 2 * 10.0
    assert np.nanmax(Trees(posed, QUICK).grow("y", lambda _: label, EVERYONE, range(3)).held) < 0.1


def test_the_treatment_can_be_asked_for() -> None:
    trees = Trees(POSED, QUICK, asked=True)
    assert trees.columns.shape == (3000, 4)
    grown = trees.grow("t", lambda _: POSED.treated * 10, EVERYONE, range(3))
    columns = trees.columns[:, :-1]
    told = [trees.ask(grown.boosters, np.column_stack([columns, np.full(3000, arm)])).mean() for arm in (0.0, 1.0)]
    assert told[1] - told[0] > 8  # thirty rounds of a tenth, half of which see the column


def test_the_same_seed_gives_the_same_boosters() -> None:
    twice = [Trees(POSED, QUICK).grow("y", lambda _: POSED.outcome, EVERYONE, range(3)) for _ in range(2)]
    texts = [[booster.model_to_string() for booster in one.boosters.values()] for one in twice]
    assert texts[0] == texts[1]
    assert twice[0].held.tobytes() == twice[1].held.tobytes()
