"""Fits the effects of a dataset's offers: encoded rows, one learner per target, and the log that judges policies."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.effects import Effects, EffectsWindow
from configs.errors import DataError
from configs.training import EffectTraining
from decisioning.estimates import Estimate
from features.encoding import Encoder, from_frame
from training.columns import fit_columns, fit_sources
from training.effects import acceptance, evaluation
from training.effects.belief import believe_by_fold
from training.effects.evaluation import EvaluationLog
from training.effects.figures import estimates, metrics
from training.effects.fit import Learned, learn
from training.effects.problem import EffectProblem, contrast

TARGETS: tuple[Literal["retention", "margin"], ...] = ("retention", "margin")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FittedEffects:
    """Trained effects and what their training found.

    `learned` is one per target of the artefact, in its order, and `held_out` their figures with 90% intervals.
    """

    artefact: Effects
    learned: tuple[Learned, ...]
    held_out: tuple[Mapping[str, Estimate], ...]
    evaluation: EvaluationLog

    @property
    def boosters(self) -> Mapping[str, lgb.Booster]:
        """Every booster of every target, by file name."""
        return {name: booster for learned in self.learned for name, booster in learned.boosters.items()}


def known(problem: EffectProblem, target: str) -> NDArray[np.intp]:
    """Positions of the rows whose outcome is known: those that `contrast` keeps."""
    return np.flatnonzero(problem.rows[target].notna().to_numpy())


def fit(
    problem: EffectProblem, actions: pd.DataFrame, settings: EffectTraining, progress: Progress = lambda *_: None
) -> FittedEffects:
    """The effects of `problem`; `actions` are its log rows times every action (`problem.every_action`).

    Raises DataError where no target varies: then there is nothing that an offer could change.
    """
    encoder, artefact = _encode(problem, settings)
    columns = artefact.beside(encoder(from_frame(artefact.sources, problem.rows)), problem.rows.fold.to_numpy(np.intp))
    seen_by_trees = artefact.seen_by_trees(encoder.for_trees)
    of_action, of_offer = acceptance.of_action(artefact.sources, artefact.columns)
    told = np.arange(len(artefact.columns), columns.shape[1])  # by acceptance
    of_both, dose = np.concatenate([of_offer, told]), int(told[0]) if len(told) else None
    learned, believed = [], []
    for target in TARGETS:
        if problem.rows[target].nunique() > 1:
            progress(f"effects on {target}: learners compared", 0, 0)
            rows = contrast(problem, target, columns, seen_by_trees)
            posed = replace(rows, of_action=of_action, of_both=of_both, dose=dose)
            learned.append(learn(posed, settings))
            believed.append(believe_by_fold(learned[-1].scores, learned[-1].gains, posed))
    if not learned:
        raise DataError("effects: neither retention nor margin varies after treatment; check the outcome's definition")
    held_out = tuple(estimates(one, problem.rows.iloc[known(problem, one.target.target)]) for one in learned)
    figures = [metrics(one.target.target, found) for one, found in zip(learned, held_out, strict=True)]
    found = artefact.model_copy(
        update={"targets": tuple(one.target for one in learned), "metrics": dict(ChainMap(*figures))}
    )
    progress("effects: the log for evaluating policies", 0, 0)
    kept = evaluation.log(problem, actions, found, learned, believed, encoder)
    return FittedEffects(found, tuple(learned), held_out, kept)


def _encode(problem: EffectProblem, settings: EffectTraining) -> tuple[Encoder, Effects]:
    sources = fit_sources(problem.rows, problem.features)
    matrix = from_frame(sources, problem.rows)
    columns = fit_columns(sources, matrix, settings.min_level_rows)
    if not columns:
        raise DataError("effects: no feature varies between rows; there is nothing to tell customers apart by")
    encoder = Encoder(columns)
    artefact = Effects(
        dataset=problem.dataset,
        sources=sources,
        columns=columns,
        acceptance=acceptance.of(problem.rows, encoder(matrix), sources, columns, settings.folds),
        targets=(),
        evidence=problem.evidence,
        window=_window(problem),
    )
    return encoder, artefact


def _window(problem: EffectProblem) -> EffectsWindow:
    as_of = problem.log.as_of
    return EffectsWindow(
        first_as_of=_aware(as_of.min()),
        last_as_of=_aware(as_of.max()),
        horizon_days=problem.horizon_days,
        rows=len(problem.log),
        customers=problem.log.customer_id.nunique(),
        censored=problem.censored,
        fingerprint=problem.fingerprint(),
    )


def _aware(instant: datetime) -> datetime:
    return datetime.fromtimestamp(instant.timestamp(), UTC)
