"""Each learner against known effects: whom it ranks first, what it adds, what it keeps."""

from __future__ import annotations

import numpy as np
import pytest

from configs.effects import Belief, Target
from tests.training.effects.known import QUICK, World, two_offers, world
from training.effects.fit import score
from training.effects.learners import BOOSTED, Candidate, Shared, centred, dr_ridge, linear_learners, s_linear
from training.effects.nuisance import nuisances

FOLDS = range(3)


def share(posed: World) -> Shared:
    return Shared(posed.contrast, QUICK, nuisances(posed.contrast))


def fitted(shared: Shared) -> list[Candidate]:
    linear = [learner(shared) for learner in linear_learners(shared.contrast)]
    return [*linear, *(learner(shared, FOLDS) for learner in BOOSTED)]


def worth(posed: World, scores: np.ndarray, share: float = 0.2) -> float:
    """The true effect on those ranked first, as a share of the largest possible."""
    count = int(share * len(scores))
    best = np.sort(posed.true)[::-1][:count].mean()
    return float(posed.true[np.argsort(-scores, kind="stable")[:count]].mean() / best)


@pytest.fixture(scope="module")
def threshold() -> World:
    return world("threshold", 12_000)


@pytest.fixture(scope="module")
def of_threshold(threshold: World) -> list[Candidate]:
    return fitted(share(threshold))


def test_the_menu_is_short_and_the_simplest_come_first(of_threshold: list[Candidate]) -> None:
    names = [one.learner for one in of_threshold]
    assert names == ["S-logistic", "DR-ridge", "S-LightGBM", "T-LightGBM", "X-LightGBM", "DR-LightGBM"]
    margins = linear_learners(world("none", 300, margin=True).contrast)
    assert margins == (s_linear,)  # of an amount DR-ridge would be the same again


def test_boosters_find_a_threshold_that_lines_cannot(threshold: World, of_threshold: list[Candidate]) -> None:
    found = {one.learner: worth(threshold, one.scores) for one in of_threshold}
    assert max(found["S-logistic"], found["DR-ridge"]) < 0.85
    assert min(found[name] for name in ("T-LightGBM", "X-LightGBM", "DR-LightGBM", "S-LightGBM")) > 0.9


@pytest.mark.parametrize("margin", [False, True], ids=["retention", "margin"])
def test_all_find_effects_that_are_linear(margin: bool) -> None:
    posed = world("linear", 12_000, margin=margin)
    assert {
        one.learner: round(worth(posed, one.scores), 2)
        for one in fitted(share(posed))
        if worth(posed, one.scores) < 0.8
    } == {}


def test_all_tell_harm(threshold: World) -> None:
    posed = world("negative", 6000)
    error = posed.contrast.outcome.std() / np.sqrt(0.24 * 6000)
    for one in fitted(share(posed)):
        # S on trees sees the treatment in half its rounds only and shrinks what it does towards none.
        bound = 0.05 if one.learner == "S-LightGBM" else 4 * error
        assert one.scores.mean() == pytest.approx(-0.1, abs=bound), one.learner


@pytest.mark.parametrize("posed", [world("threshold", 1500), two_offers(1500)], ids=["retention", "two offers, margin"])
def test_scores_are_those_of_the_terms_kept(posed: World) -> None:
    contrast = posed.contrast
    for one in fitted(share(posed)):
        target = Target(target=contrast.target, learner=one.learner, reason="", terms=one.terms, belief=Belief())
        again = score(target, one.boosters, contrast.z, contrast.for_trees, contrast.fold)
        assert again == pytest.approx(one.scores, abs=1e-9), one.learner
        assert {term.booster for term in one.terms if term.booster} == set(one.boosters)


def test_on_one_fold_the_others_have_no_scores() -> None:
    shared = share(world("threshold", 1500))
    for learner in BOOSTED:
        one = learner(shared, [0])
        assert (np.isnan(one.scores) == (shared.contrast.fold != 0)).all(), one.learner


def test_dr_ridge_reads_the_gains() -> None:
    posed = world("linear", 6000)
    found = dr_ridge(share(posed)).scores
    assert np.corrcoef(found, posed.true)[0, 1] > 0.95


def test_members_are_moved_to_score_their_folds_alike() -> None:
    posed = world("linear", 1500)
    raw = s_linear(share(posed))
    moved = centred(raw, posed.contrast)
    folds = posed.contrast.fold
    assert [moved.scores[folds == fold].mean() for fold in FOLDS] == pytest.approx([raw.scores.mean()] * 3)
    target = Target(target="retention", learner="S", reason="", terms=moved.terms, belief=Belief())
    again = score(target, {}, posed.contrast.z, posed.contrast.for_trees, folds)
    assert again == pytest.approx(moved.scores, abs=1e-9)
    within = [np.ptp((moved.scores - raw.scores)[folds == fold]) for fold in FOLDS]
    assert within == pytest.approx([0.0] * 3, abs=1e-12)
