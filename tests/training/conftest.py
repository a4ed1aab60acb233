"""One small model per task, trained once for the tests that look at it."""

from __future__ import annotations

import pytest

from tests.training import worlds
from training.fit import Fitted, fit
from training.problem import Problem


@pytest.fixture(scope="session")
def churn() -> tuple[Problem, Fitted]:
    problem = worlds.lapse()
    return problem, fit(problem, worlds.QUICK)


@pytest.fixture(scope="session")
def value() -> tuple[Problem, Fitted]:
    problem = worlds.amounts()
    return problem, fit(problem, worlds.QUICK)
