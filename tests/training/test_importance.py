"""What moves predictions."""

from __future__ import annotations

import pytest

from tests.training.worlds import FEATURES
from training.fit import Fitted
from training.importance import importance
from training.problem import Problem


def test_shares_add_up_and_the_true_cause_comes_first(churn: tuple[Problem, Fitted]) -> None:
    found = importance(churn[1], churn[0])
    assert sum(found.values()) == pytest.approx(1)
    assert set(found) == set(FEATURES)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert next(iter(found)) == "recency__silence_days"
    assert found["profile__shoe_size"] < 0.15


def test_it_is_the_same_every_time(value: tuple[Problem, Fitted]) -> None:
    assert importance(value[1], value[0]) == importance(value[1], value[0])
