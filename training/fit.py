"""Fits a model: columns, a penalised linear part, boosters, their blend and its calibration, all chosen on folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from configs.artefact import Artefact, Calibration, Column, Source, Window
from configs.errors import DataError
from configs.training import Training
from features.encoding import Encoder, from_frame
from training import booster, linear, metrics
from training.booster import Found
from training.columns import fit_columns, fit_sources
from training.folds import Fold, Split, split
from training.problem import Problem, require_learnable

Vector = NDArray[np.float64]
WEIGHTS = np.linspace(0, 1, 21)
BANDS = (0.5, 0.8)  # shares of customers below "medium" and below "high" risk


@dataclass(frozen=True)
class Fitted:
    """A trained model and what its training found.

    `judged` are the row numbers that the folds judged, `out_of_fold` their predictions by models that had not seen
    them; `metrics` are figures of those.
    """

    artefact: Artefact
    boosters: tuple[lgb.Booster, ...]
    split: Split
    found: Found
    ridge: float | None
    judged: NDArray[np.intp]
    out_of_fold: Vector
    metrics: dict[str, float]


def fit(
    problem: Problem,
    settings: Training,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Fitted:
    """The model of `problem`. `progress` is told (trials done, trials to do).

    Raises DataError for fewer than `settings.min_rows` labelled rows, a label of one class, and features that say
    nothing.
    """
    require_learnable(problem, settings.min_rows)
    label, encoded = problem.label, _encode(problem, settings)
    split_ = split(problem, settings.folds, settings.seed, settings.min_rows)
    objective = "binary" if problem.binary else "tweedie"
    found = booster.search(encoded.trees, label, split_.folds, objective, settings, progress)
    judged = np.unique(np.concatenate([fold.valid for fold in split_.folds]))
    if problem.binary:
        parts = _blend(encoded.z, label, split_.folds, found, judged, settings)
    else:
        parts = _boosters_alone(found)
    predicted = _link(problem, parts.calibration, parts.margins[judged])
    figures = (metrics.binary if problem.binary else metrics.amount)(label[judged], predicted)
    grown = parts.weight > 0
    boosters = booster.fit(encoded.trees, label, objective, found.shape, found.rounds, settings) if grown else ()
    artefact = _artefact(problem, encoded, parts, len(boosters), predicted, figures)
    return Fitted(artefact, boosters, split_, found, parts.ridge, judged, predicted, figures)


@dataclass(frozen=True)
class _Encoded:
    """The rows as columns: all of them, and those that boosters see."""

    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    z: NDArray[np.float64]
    trees: NDArray[np.float64]


def _encode(problem: Problem, settings: Training) -> _Encoded:
    sources = fit_sources(problem.rows, problem.features)
    matrix = from_frame(sources, problem.rows)
    columns = fit_columns(sources, matrix, settings.min_level_rows)
    if not columns:
        raise DataError(f"{problem.model}: no feature varies between rows; there is nothing to learn from")
    encoder = Encoder(columns)
    z = encoder(matrix)
    return _Encoded(sources, columns, z, z[:, encoder.for_trees])


@dataclass(frozen=True)
class _Parts:
    """How the margins of the linear part and the boosters come together."""

    weight: float
    ridge: float | None
    calibration: Calibration
    margins: Vector


def _blend(
    z: NDArray[np.float64],
    label: Vector,
    folds: tuple[Fold, ...],
    found: Found,
    judged: NDArray[np.intp],
    settings: Training,
) -> _Parts:
    ridge, straight = linear.search(z, label, folds, settings.ridges)

    def blended(weight: float) -> Vector:
        return (1 - weight) * straight + weight * found.margins

    weight = float(min(WEIGHTS, key=lambda weight: linear.log_loss(label[judged], blended(weight)[judged])))
    margins = blended(weight)
    calibration = linear.calibrate(label, margins, folds)
    return _Parts(weight, ridge, calibration, margins)


def _artefact(
    problem: Problem, encoded: _Encoded, parts: _Parts, boosters: int, predicted: Vector, figures: dict[str, float]
) -> Artefact:
    return Artefact(
        model=problem.model,
        dataset=problem.dataset,
        link="logit" if problem.binary else "log",
        sources=encoded.sources,
        columns=encoded.columns,
        linear=linear.fit(encoded.z, problem.label, parts.ridge) if parts.ridge is not None else None,
        weight=parts.weight,
        boosters=tuple(f"booster_{number}.txt" for number in range(boosters)),
        calibration=parts.calibration,
        risk_bands=_bands(predicted) if problem.model == "churn" else None,
        window=_window(problem),
        metrics=figures,
    )


def _boosters_alone(found: Found) -> _Parts:
    return _Parts(1.0, None, Calibration(), found.margins)


def _link(problem: Problem, calibration: Calibration, margins: Vector) -> Vector:
    if not problem.binary:
        return np.exp(margins)
    return 1.0 / (1.0 + np.exp(-(calibration.intercept + calibration.slope * margins)))


def _bands(predicted: Vector) -> tuple[float, float]:
    low, high = np.quantile(predicted, BANDS)
    return float(low), float(high)


def _window(problem: Problem) -> Window:
    as_of = problem.rows["as_of"]
    return Window(
        first_as_of=_aware(as_of.min()),
        last_as_of=_aware(as_of.max()),
        horizon_days=problem.horizon_days,
        lead_days=problem.lead_days,
        rows=len(problem.rows),
        positives=float(problem.label.mean()) if problem.binary else None,
        fingerprint=problem.fingerprint(),
    )


def _aware(instant: datetime) -> datetime:
    return datetime.fromtimestamp(instant.timestamp(), UTC)
