"""EconML's and causalml's S, T, X and DR learners on LightGBM, as a user of theirs would set them up.

Every model is LightGBM's scikit-learn wrapper as it comes, on one thread. Where a learner asks for the chances of the
treatments it is given those that the log was made with, so that it spends no time on estimating them. The libraries
are of the extra `peers`, and are imported when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from lightgbm import LGBMRegressor
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]
Effects = Callable[[Matrix], Matrix]  # rows x columns of x -> rows x actions, control left out


@dataclass(frozen=True)
class Arms:
    """A randomised log: `action` is 0 for control and 1 to K for the K actions; `share` are the K + 1 chances."""

    x: Matrix
    action: Index
    outcome: Vector
    share: Vector

    @property
    def actions(self) -> int:
        """How many actions there are beside control."""
        return len(self.share) - 1


def learners() -> Mapping[str, Callable[[Arms], Effects]]:
    """What can be fitted, by name; the libraries are loaded here, outside what is timed."""
    return {**_econml(), **_causalml()}


def booster() -> LGBMRegressor:
    """LightGBM with its defaults (100 trees of 31 leaves at rate .1), on one thread and silent."""
    return LGBMRegressor(n_jobs=1, verbose=-1)


def _econml() -> Mapping[str, Callable[[Arms], Effects]]:
    from econml.dr import DRLearner
    from econml.metalearners import SLearner, TLearner, XLearner

    def fitted(learner: SLearner | TLearner | XLearner | DRLearner, arms: Arms) -> Effects:
        learner.fit(arms.outcome, arms.action, X=arms.x)
        return lambda x: np.asarray(learner.const_marginal_effect(x), np.float64).reshape(len(x), arms.actions)

    return {
        "EconML S": lambda arms: fitted(SLearner(overall_model=booster()), arms),
        "EconML T": lambda arms: fitted(TLearner(models=booster()), arms),
        "EconML X": lambda arms: fitted(XLearner(models=booster(), propensity_model=_known()), arms),
        "EconML DR": lambda arms: fitted(
            DRLearner(model_propensity=_known(), model_regression=booster(), model_final=booster(), random_state=0),
            arms,
        ),
    }


def _known() -> DummyClassifier:
    """The shares of the arms: where everybody had the same chances, nothing else can be learned of them."""
    return DummyClassifier(strategy="prior")


def _causalml() -> Mapping[str, Callable[[Arms], Effects]]:
    from causalml.inference.meta import BaseDRRegressor, BaseSRegressor, BaseTRegressor, BaseXRegressor

    def fitted(learner: BaseSRegressor | BaseTRegressor | BaseXRegressor | BaseDRRegressor, arms: Arms) -> Effects:
        learner.fit(arms.x, arms.action, arms.outcome, p=_against_control(arms, len(arms.x)))
        return lambda x: np.asarray(
            learner.predict(x, p=_against_control(arms, len(x)), verbose=False), np.float64
        ).reshape(len(x), arms.actions)

    return {
        "causalml S": lambda arms: fitted(BaseSRegressor(booster()), arms),
        "causalml T": lambda arms: fitted(BaseTRegressor(booster()), arms),
        "causalml X": lambda arms: fitted(BaseXRegressor(booster()), arms),
        "causalml DR": lambda arms: fitted(BaseDRRegressor(booster()), arms),
    }


def _against_control(arms: Arms, rows: int) -> dict[int, Vector]:
    """The chance of each action among itself and control: causalml contrasts it with control alone."""
    share = arms.share[1:] / (arms.share[1:] + arms.share[0])
    return {action: np.full(rows, chance) for action, chance in enumerate(share, start=1)}
