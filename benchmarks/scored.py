"""Scores held-out rows the way serving does: through the artefact written to disk and read back."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.model import load_model
from training import artefact, metrics
from training.fit import Fitted
from training.problem import Problem


@dataclass(frozen=True)
class Judged:
    """Predictions of held-out rows and their figures."""

    label: NDArray[np.float64]
    predicted: NDArray[np.float64]
    metrics: dict[str, float]


def judge(fitted: Fitted, problem: Problem, rows: pd.DataFrame) -> Judged:
    """Write the artefact of `fitted`, read it as serving does and predict `rows` (features and label)."""
    with tempfile.TemporaryDirectory() as folder:
        artefact.write(fitted, problem, Path(folder))
        predicted = load_model(Path(folder), name=problem.model, version="benchmark").predict_frame(rows)
    label = rows["label"].to_numpy(np.float64)
    return Judged(label, predicted, metrics.binary(label, predicted))
