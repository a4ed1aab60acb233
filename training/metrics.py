"""Figures of a model's predictions, each with its definition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

Vector = NDArray[np.float64]
BINS = 10
SMALLEST = 1e-12


def binary(label: Vector, probability: Vector) -> dict[str, float]:
    """AUC, average precision, log loss, Brier score, lift of the top tenth, expected calibration error."""
    clipped = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return {
        "auc": float(roc_auc_score(label, probability)),
        "average_precision": float(average_precision_score(label, probability)),
        "log_loss": float(log_loss(label, clipped)),
        "brier": float(brier_score_loss(label, probability)),
        "lift10": lift(label, probability, 0.1),
        "ece": calibration_error(label, probability),
    }


def amount(label: Vector, predicted: Vector) -> dict[str, float]:
    """Mean absolute error, share of variance explained (0 where there is none), and the bias of the mean."""
    residual = label - predicted
    variance = float(np.square(label - label.mean()).sum())
    return {
        "mae": float(np.abs(residual).mean()),
        "r2": float(1 - np.square(residual).sum() / variance) if variance > 0 else 0.0,
        "bias": float(-residual.mean()),
    }


def lift(label: Vector, probability: Vector, share: float) -> float:
    """Rate of label 1 among the highest `share` of predictions, to the rate of all. Ties fall as they lie."""
    top = np.argsort(-probability, kind="stable")[: int(np.ceil(share * len(label)))]
    return float(label[top].mean() / label.mean())


def calibration_table(label: Vector, probability: Vector, bins: int = BINS) -> list[tuple[float, float, int]]:
    """(mean prediction, observed rate, rows) of bins with equal counts."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [(float(probability[part].mean()), float(label[part].mean()), len(part)) for part in parts]


def calibration_error(label: Vector, probability: Vector, bins: int = BINS) -> float:
    """Expected calibration error: mean over bins of |observed - predicted|, weighted by rows."""
    table = calibration_table(label, probability, bins)
    return sum(rows * abs(observed - predicted) for predicted, observed, rows in table) / len(label)
