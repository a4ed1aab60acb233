"""Small LightGBM models by fold, on columns that are binned once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from configs.training import EffectTraining
from training.effects.contrast import Contrast, Index, Matrix, Vector

LEAST = 0.02  # of `times`, to divide by
PATIENCE = 15  # rounds without progress before a fold stops


@dataclass(frozen=True)
class Grown:
    """A booster for each of some folds, blind to it, all cut at the same number of rounds.

    `held` (n,) is what the booster blind to the row's customer says of it; NaN in folds without one.
    """

    boosters: Mapping[int, lgb.Booster]
    held: Vector


class Trees:
    """Grows boosters on the columns of a contrast that trees see, and, with `asked`, on the treatment after them."""

    def __init__(self, contrast: Contrast, settings: EffectTraining, *, asked: bool = False) -> None:
        columns = contrast.z[:, contrast.for_trees]
        self.columns: Matrix = np.column_stack([columns, contrast.treated]) if asked else columns
        self._contrast, self._settings = contrast, settings
        self._binned = lgb.Dataset(self.columns, np.zeros(len(columns)), params=self._parameters("regression"))
        self._binned.construct()
        self._grown: dict[tuple[str, int], tuple[lgb.Booster, list[float]]] = {}

    def grow(
        self,
        name: str,
        label: Callable[[int], Vector],
        rows: Index,
        folds: Sequence[int],
        *,
        binary: bool = False,
        times: Vector | None = None,
    ) -> Grown:
        """Boosters of `label` (n,) of a fold, on `rows`, for `folds`; those grown before under `name` are kept.

        The rounds are those with the least mean loss on the folds held out, the same for all. With `times` (n,) the
        label is what `times` x booster is to say, in squared error; so is `held`.
        """
        parameters = self._parameters("binary" if binary else "regression")
        for fold in folds:
            if (name, fold) not in self._grown:
                self._grown[name, fold] = self._one(label(fold), times, rows, fold, parameters)
        grown = {fold: self._grown[name, fold] for fold in folds}
        shortest = min(len(curve) for _, curve in grown.values())
        rounds = int(np.mean([curve[:shortest] for _, curve in grown.values()], axis=0).argmin()) + 1
        cut = {
            fold: lgb.Booster(model_str=booster.model_to_string(num_iteration=rounds))
            for fold, (booster, _) in grown.items()
        }
        held = self.ask(cut, self.columns)
        return Grown(cut, held if times is None else times * held)

    def grown_for(self, name: str) -> set[int]:
        """The folds that boosters were grown for under `name`."""
        return {fold for own, fold in self._grown if own == name}

    def ask(self, boosters: Mapping[int, lgb.Booster], columns: Matrix) -> Vector:
        """What the boosters say of the rows of their folds, given `columns`; NaN in other folds."""
        held = np.full(len(columns), np.nan)
        for fold, booster in boosters.items():
            own = self._contrast.fold == fold
            held[own] = booster.predict(columns[own])
        return held

    def _one(
        self, label: Vector, times: Vector | None, rows: Index, fold: int, parameters: dict[str, object]
    ) -> tuple[lgb.Booster, list[float]]:
        held = self._contrast.fold[rows] == fold
        train, valid = self._subset(rows[~held], label, times), self._subset(rows[held], label, times)
        losses: dict[str, dict[str, list[float]]] = {}
        booster = lgb.train(
            parameters,
            train,
            self._settings.max_rounds,
            valid_sets=[valid],
            valid_names=["held"],
            callbacks=[lgb.early_stopping(PATIENCE, verbose=False), lgb.record_evaluation(losses)],
            keep_training_booster=True,  # otherwise it is cut at its own best round, not at that of all folds
        )
        return booster, next(iter(losses["held"].values()))

    def _subset(self, rows: Index, label: Vector, times: Vector | None) -> lgb.Dataset:
        subset = self._binned.subset(rows).construct()
        factor = np.ones(len(rows)) if times is None else np.maximum(times[rows], LEAST)
        weight = self._contrast.weight[rows] * factor**2  # as (label - t x)^2 = t^2 (label / t - x)^2
        subset.set_label(label[rows] / factor)
        if np.ptp(weight):
            subset.set_weight(weight)
        return subset

    def _parameters(self, objective: str) -> dict[str, object]:
        rows = len(self.columns)
        return {
            "objective": objective,
            "learning_rate": 0.1,
            "num_leaves": 8,
            "max_depth": 4,
            "min_data_in_leaf": int(np.clip(rows // 200, 20, 200)),
            "lambda_l2": 10.0,
            "feature_fraction": 0.5,
            "num_threads": self._settings.threads,
            "seed": self._settings.seed,
            "deterministic": True,
            "force_col_wise": True,
            "max_bin": 63,  # a standardised column needs no more; fewer bins, less noise
            "verbose": -1,
        }
