"""Pictures of a binary model: who would rather look than read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from training.metrics import calibration_table

Vector = NDArray[np.float64]
INK = "#1f5f8b"


def calibration(label: Vector, probability: Vector) -> Figure:
    """Observed rate against mean prediction in ten bins of equal count, with 95% binomial intervals."""
    figure, axes = axes_of("Calibration", "predicted", "observed")
    table = calibration_table(label, probability)
    predicted = np.array([row[0] for row in table])
    observed = np.array([row[1] for row in table])
    error = 1.96 * np.sqrt(observed * (1 - observed) / np.array([row[2] for row in table]))
    top = float(max(predicted.max(), (observed + error).max()))
    axes.plot([0, top], [0, top], color="grey", linewidth=1, linestyle="--")
    axes.errorbar(predicted, observed, yerr=error, fmt="o", color=INK, capsize=2)
    return figure


def roc(label: Vector, probability: Vector) -> Figure:
    """True against false positive rate."""
    figure, axes = axes_of("ROC", "false positive rate", "true positive rate")
    false, true, _ = roc_curve(label, probability)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--")
    axes.plot(false, true, color=INK)
    return figure


def precision_recall(label: Vector, probability: Vector) -> Figure:
    """Precision against recall, with the base rate."""
    figure, axes = axes_of("Precision and recall", "recall", "precision")
    precision, recall, _ = precision_recall_curve(label, probability)
    axes.axhline(float(label.mean()), color="grey", linewidth=1, linestyle="--")
    axes.plot(recall, precision, color=INK)
    return figure


def gain(label: Vector, probability: Vector) -> Figure:
    """Share of all positives found among the highest share of predictions."""
    figure, axes = axes_of("Cumulative gain", "share of customers", "share of positives found")
    found = np.cumsum(label[np.argsort(-probability, kind="stable")]) / label.sum()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--")
    axes.plot(np.arange(1, len(found) + 1) / len(found), found, color=INK)
    return figure


def importance(names: Sequence[str], shares: Sequence[float], most: int = 20) -> Figure:
    """The features that move predictions most, as shares of the whole movement."""
    order = np.argsort(shares)[-most:]
    figure = Figure(figsize=(7, 0.28 * len(order) + 1), layout="constrained")
    axes = figure.subplots()
    axes.barh([names[index] for index in order], [shares[index] for index in order], color=INK)
    axes.set_title("What moves predictions (mean |contribution|, share)")
    return figure


def axes_of(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """A figure of one picture, with its title and what its axes show."""
    figure = Figure(figsize=(5, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return figure, axes
