"""LightGBM with strong regularisation, and Optuna's choice of how strong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import lightgbm as lgb
import numpy as np
import optuna
from numpy.typing import NDArray

from configs.training import Training
from training.folds import Fold

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
RATE = 0.02
PATIENCE = 60  # rounds without progress before a fold stops
SCORE = {"binary": "binary_logloss", "tweedie": "tweedie"}


@dataclass(frozen=True)
class Shape:
    """What regularises a booster; everything else is fixed."""

    max_depth: int = 3
    num_leaves: int = 8
    min_data_in_leaf: int = 50
    feature_fraction: float = 0.5
    bagging_fraction: float = 0.8
    lambda_l2: float = 1.0
    extra_trees: bool = False


# Tried first, in this order: they won on one of the public data sets each.
STARTS = (
    Shape(),
    Shape(max_depth=2, num_leaves=4, min_data_in_leaf=200, feature_fraction=0.2, bagging_fraction=0.5, lambda_l2=20.0),
    Shape(max_depth=4, num_leaves=6, min_data_in_leaf=20, feature_fraction=0.3, lambda_l2=10.0, extra_trees=True),
)


@dataclass(frozen=True)
class Found:
    """The chosen shape and rounds, the folds' loss, and raw margins of the rows the folds judged (NaN elsewhere)."""

    shape: Shape
    rounds: int
    loss: float
    margins: Vector
    trials: tuple[tuple[Shape, float | None], ...]  # None: pruned


def search(
    z: Matrix,
    label: Vector,
    folds: Sequence[Fold],
    objective: str,
    settings: Training,
    progress: Callable[[int, int], None],
) -> Found:
    """The shape with the lowest mean loss over the folds. A trial that starts worse than the median is pruned."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=settings.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=len(STARTS)),
    )
    for shape in STARTS[: settings.trials]:
        study.enqueue_trial(vars(shape))
    best: list[Found] = []

    def attempt(trial: optuna.Trial) -> float:
        progress(trial.number, settings.trials)
        found = _judge(z, label, folds, objective, settings, _suggest(trial), trial)
        if not best or found.loss < best[0].loss:
            best[:] = [found]
        return found.loss

    study.optimize(attempt, n_trials=settings.trials)
    progress(settings.trials, settings.trials)
    complete = optuna.trial.TrialState.COMPLETE
    tried = tuple((Shape(**trial.params), trial.value if trial.state == complete else None) for trial in study.trials)
    return replace(best[0], trials=tried)


def fit(
    z: Matrix, label: Vector, objective: str, shape: Shape, rounds: int, settings: Training
) -> tuple[lgb.Booster, ...]:
    """`settings.bag` boosters on all rows, alike but for their seeds."""
    return tuple(
        lgb.train(_parameters(objective, shape, settings, settings.seed + number), lgb.Dataset(z, label), rounds)
        for number in range(settings.bag)
    )


def _judge(
    z: Matrix,
    label: Vector,
    folds: Sequence[Fold],
    objective: str,
    settings: Training,
    shape: Shape,
    trial: optuna.Trial,
) -> Found:
    curves: list[list[float]] = []
    boosters: list[lgb.Booster] = []
    for step, fold in enumerate(folds):
        booster, curve = _grow(z, label, fold, _parameters(objective, shape, settings, settings.seed), settings)
        boosters.append(booster)
        curves.append(curve)
        trial.report(float(np.mean([min(curve) for curve in curves])), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    shortest = min(len(curve) for curve in curves)
    mean = np.mean([curve[:shortest] for curve in curves], axis=0)
    rounds = int(mean.argmin()) + 1
    margins = np.full(len(label), np.nan)
    for fold, booster in zip(folds, boosters, strict=True):
        margins[fold.valid] = booster.predict(z[fold.valid], raw_score=True, num_iteration=rounds)
    return Found(shape, rounds, float(mean.min()), margins, ())


def _grow(
    z: Matrix, label: Vector, fold: Fold, parameters: dict[str, object], settings: Training
) -> tuple[lgb.Booster, list[float]]:
    """A booster on the fold's past and its loss on the fold's future, round by round."""
    train = lgb.Dataset(z[fold.train], label[fold.train])
    valid = lgb.Dataset(z[fold.valid], label[fold.valid], reference=train)
    record: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        parameters,
        train,
        settings.max_rounds,
        valid_sets=[valid],
        valid_names=["valid"],
        callbacks=[lgb.early_stopping(PATIENCE, verbose=False), lgb.record_evaluation(record)],
    )
    return booster, record["valid"][str(parameters["metric"])]


def _suggest(trial: optuna.Trial) -> Shape:
    return Shape(
        max_depth=trial.suggest_int("max_depth", 2, 5),
        num_leaves=trial.suggest_int("num_leaves", 4, 16),
        min_data_in_leaf=trial.suggest_int("min_data_in_leaf", 20, 400, log=True),
        feature_fraction=trial.suggest_float("feature_fraction", 0.2, 0.8),
        bagging_fraction=trial.suggest_float("bagging_fraction", 0.5, 0.9),
        lambda_l2=trial.suggest_float("lambda_l2", 0.1, 30.0, log=True),
        extra_trees=trial.suggest_categorical("extra_trees", [False, True]),
    )


def _parameters(objective: str, shape: Shape, settings: Training, seed: int) -> dict[str, object]:
    return {
        "objective": objective,
        "metric": SCORE[objective],
        "tweedie_variance_power": 1.3,  # between counts and amounts: many zeros, a long tail
        "learning_rate": RATE,
        "bagging_freq": 1,
        "num_threads": settings.threads,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,  # a third faster than row-wise at these sizes
        "max_bin": 63,  # a standardised column needs no more; fewer bins, less noise
        "verbose": -1,
        **vars(shape),
    }
