"""Learning an effect from end to end: right, the same again, kept as text, refused where rows are too few."""

from __future__ import annotations

import dataclasses

import lightgbm as lgb
import numpy as np
import pytest

from configs.effects import Target
from configs.errors import DataError
from tests.training.effects.known import QUICK, World, two_offers, world
from training.effects.fit import Learned, learn, score

WORLDS = {
    "retention": world("threshold", 6000),
    "margin": world("linear", 6000, margin=True),
    "margin of two offers": two_offers(3000),
}


@pytest.fixture(scope="module", params=list(WORLDS))
def case(request: pytest.FixtureRequest) -> tuple[World, Learned]:
    posed = WORLDS[request.param]
    return posed, learn(posed.contrast, QUICK)


def test_uplifts_follow_the_truth(case: tuple[World, Learned]) -> None:
    posed, learned = case
    uplift, low, high = learned.target.belief.uplift(learned.scores)
    assert np.corrcoef(uplift, posed.true)[0, 1] > 0.8
    error = np.sqrt(learned.target.belief.var_mean)
    assert np.average(uplift - posed.true, weights=posed.contrast.weight) == pytest.approx(0, abs=4 * error)
    assert ((low <= uplift) & (uplift <= high)).all()


def test_what_is_kept_as_text_scores_the_same(case: tuple[World, Learned]) -> None:
    posed, learned = case
    target = Target.model_validate_json(learned.target.model_dump_json())
    boosters = {name: lgb.Booster(model_str=one.model_to_string()) for name, one in learned.boosters.items()}
    z, trees = posed.contrast.z, posed.contrast.for_trees
    assert score(target, boosters, z, trees, posed.contrast.fold) == pytest.approx(learned.scores, abs=1e-9)
    served = score(learned.target, learned.boosters, z, trees)
    assert score(target, boosters, z, trees) == pytest.approx(served, abs=1e-9)
    members = [score(target, boosters, z, trees, np.full(len(z), member)) for member in range(3)]
    assert served == pytest.approx(np.mean(members, axis=0))


def test_every_member_is_kept_whole(case: tuple[World, Learned]) -> None:
    _, learned = case
    assert {term.member for term in learned.target.terms} == {0, 1, 2}
    assert set(learned.boosters) == {term.booster for term in learned.target.terms if term.booster}
    assert all(name.startswith(f"{learned.target.target}_") for name in learned.boosters)


def test_the_same_seed_gives_the_same_effects() -> None:
    twice = [learn(WORLDS["retention"].contrast, QUICK) for _ in range(2)]
    assert twice[0].target == twice[1].target
    assert twice[0].scores.tobytes() == twice[1].scores.tobytes()
    texts = [{name: one.model_to_string() for name, one in learned.boosters.items()} for learned in twice]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("margin", [False, True], ids=["retention", "margin"])
def test_where_there_is_no_effect_few_are_told_of_one(margin: bool) -> None:
    z, doubtful = [], []
    for seed in range(6):
        learned = learn(world("none", 3000, margin=margin, seed=seed).contrast, QUICK)
        belief = learned.target.belief
        z.append(belief.mean / np.sqrt(belief.var_mean))
        _, low, high = belief.uplift(learned.scores)
        doubtful.append(((low < 0) & (high > 0)).mean())
    assert abs(np.mean(z)) < 3.5 / np.sqrt(6)
    assert np.mean(doubtful) > 0.6  # less than .9, as a learner that wins by chance is believed by half


def test_harm_is_harm() -> None:
    learned = learn(world("negative", 6000).contrast, QUICK)
    _, _, high = learned.target.belief.uplift(learned.scores)
    assert (high < 0).mean() > 0.9  # do not disturb


def test_too_few_rows_are_refused_with_the_numbers() -> None:
    posed = world("none", 900).contrast
    rare = dataclasses.replace(posed, treated=(np.arange(900) < 12).astype(np.float64))
    with pytest.raises(DataError, match=r"12 treated rows \(by fold 4, 4, 4\), at least 100 are needed"):
        learn(rare, QUICK)
    apart = dataclasses.replace(posed, treated=(posed.fold != 2).astype(np.float64))
    with pytest.raises(DataError, match=r"600 treated rows \(by fold 300, 300, 0\)"):
        learn(apart, QUICK)


def test_progress_ends_where_it_said() -> None:
    told: list[tuple[int, int]] = []
    learn(world("none", 900, margin=True).contrast, QUICK, lambda done, steps: told.append((done, steps)))
    assert told[-1] == (5, 5)
