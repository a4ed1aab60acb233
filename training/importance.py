"""Which features move a model's predictions: mean absolute contribution over rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.encoding import Encoder, from_frame
from training.fit import Fitted
from training.problem import Problem

ROWS = 2_000


def importance(fitted: Fitted, problem: Problem) -> dict[str, float]:
    """Feature -> share of all mean |contribution|, largest first; SHAP for boosters, exact for the linear part."""
    artefact = fitted.artefact
    rows = problem.rows.sample(min(ROWS, len(problem.rows)), random_state=0)
    encoder = Encoder(artefact.columns)
    z = encoder(from_frame(artefact.sources, rows))
    parts = np.zeros_like(z)
    if artefact.linear is not None:
        parts += (1 - artefact.weight) * np.asarray(artefact.linear.coefficients) * z
    for booster in fitted.boosters:
        shap: NDArray[np.float64] = booster.predict(z[:, encoder.for_trees], pred_contrib=True, num_threads=1)
        parts[:, encoder.for_trees] += artefact.weight * shap[:, :-1] / len(fitted.boosters)
    owner = np.zeros((z.shape[1], len(artefact.sources)))
    owner[np.arange(z.shape[1]), [column.source for column in artefact.columns]] = 1.0
    mean = np.abs(parts @ owner).mean(axis=0)
    shares = mean / max(mean.sum(), np.finfo(float).tiny)
    order = np.argsort(-shares, kind="stable")
    return {artefact.sources[index].name: float(shares[index]) for index in order}
