"""Too good to be true: named, and nothing else is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.training.worlds import lapse
from training.leaks import suspects
from training.problem import Problem

PROBLEM = lapse(300, 4)
LABEL = PROBLEM.label
RNG = np.random.default_rng(0)


def having(values: object) -> Problem:
    rows = PROBLEM.rows.assign(exit__told=values)
    return dataclasses.replace(PROBLEM, rows=rows, features=(*PROBLEM.features, "exit__told"))


LEAKS = {
    "the label itself": LABEL,
    "its opposite": 1 - LABEL,
    "a score taken at exit": LABEL * 10 + RNG.normal(size=len(LABEL)),
    "known only for leavers": np.where(LABEL == 1, RNG.normal(size=len(LABEL)), np.nan),
    "a reason given at exit": np.where(LABEL == 1, RNG.choice(["price", "moved"], len(LABEL)), None),
    "a status": np.where(LABEL == 1, "left", "here"),
}
FAIR = {
    "chance": RNG.normal(size=len(LABEL)),
    "a name nobody shares": [f"name {number}" for number in range(len(LABEL))],
    "the customer's own id": PROBLEM.rows["customer_id"],
    "nothing at all": np.full(len(LABEL), np.nan),
    "the truth's own input": PROBLEM.rows["recency__silence_days"],
}


@pytest.mark.parametrize("values", LEAKS.values(), ids=LEAKS.keys())
def test_a_leak_is_named(values: object) -> None:
    [found] = suspects(having(values), 0.9)
    assert (found.feature, found.auc > 0.9) == ("exit__told", True)
    assert f"exit__told alone ranks the label with AUC {found.auc:.3f}: is it known only after the outcome?" in str(
        found
    )


@pytest.mark.parametrize("values", FAIR.values(), ids=FAIR.keys())
def test_a_fair_feature_is_not(values: object) -> None:
    assert suspects(having(values), 0.9) == []


def test_the_worst_comes_first() -> None:
    worse = having(LABEL)
    both = dataclasses.replace(
        worse,
        rows=worse.rows.assign(exit__hint=LABEL * 3 + RNG.normal(size=len(LABEL))),
        features=("exit__hint", *worse.features),
    )
    assert [found.feature for found in suspects(both, 0.9)] == ["exit__told", "exit__hint"]


def test_labels_of_one_class_in_a_half_accuse_nobody() -> None:
    rows = pd.DataFrame({"customer_id": ["a", "a", "b"], "label": [0.0, 1, 1], "x": ["u", "v", "v"]})
    alone = dataclasses.replace(PROBLEM, rows=rows, features=("x",))
    assert suspects(alone, 0.9) == []
