"""Linear members: kept as terms, they say what they said."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from configs.effects import Belief, Target
from tests.training.effects.known import two_offers, world
from training.effects import linear
from training.effects.contrast import Contrast
from training.effects.fit import score

LOYAL = dataclasses.replace(two_offers(900).contrast, target="retention")
CASES = {
    "retention": world("linear", 1200).contrast,
    "margin": world("linear", 1200, margin=True).contrast,
    "margin, two offers": two_offers(900).contrast,
    "retention, two offers": dataclasses.replace(LOYAL, outcome=(LOYAL.outcome > 30).astype(np.float64)),
}


@pytest.mark.parametrize("posed", CASES.values(), ids=CASES)
def test_terms_score_as_members_expect(posed: Contrast) -> None:
    members = linear.s_learner(posed)
    target = Target(
        target=posed.target, learner="S", reason="", terms=members.terms(posed), belief=Belief(centre=0, mean=0)
    )
    untreated, treated = members.expected(posed)
    assert score(target, {}, posed.z, posed.for_trees, posed.fold) == pytest.approx(treated - untreated, abs=1e-9)
    each = [np.subtract(*members.expected(posed, member)[::-1]) for member in range(3)]
    assert score(target, {}, posed.z, posed.for_trees) == pytest.approx(np.mean(each, axis=0), abs=1e-9)


@pytest.mark.parametrize("posed", CASES.values(), ids=CASES)
def test_a_row_is_judged_by_the_member_blind_to_it(posed: Contrast) -> None:
    members = linear.s_learner(posed)
    own = members.expected(posed)[1]
    for member in range(3):
        rows = posed.fold == member
        assert own[rows] == pytest.approx(members.expected(posed, member)[1][rows])


def test_products_are_with_columns_of_actions_only() -> None:
    posed = CASES["retention, two offers"]
    terms = linear.s_learner(posed).terms(posed)
    assert [(term.member, term.weight, [one.column for one in term.crossed]) for term in terms] == [
        (member, weight, crossed) for member in range(3) for weight, crossed in ((1.0, [3]), (-1.0, []))
    ]
    assert all(term.crossed[0].coefficients[3:] == (0.0, 0.0) for term in terms if term.crossed)
    without = [term.linear.coefficients[3:] for term in terms if term.linear and not term.crossed]
    assert without == [(0.0, 0.0)] * 3  # what is expected without treatment knows neither offer nor both
