"""Pictures of a target's held-out effects, with 90% intervals: Qini, uplift by decile, what each budget gains."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from decisioning.curves import profit_curve, uplift_by_bin
from decisioning.estimates import Index, Vector
from decisioning.qini import qini_curve
from training.effects.fit import Learned
from training.plots import INK, axes_of

UNITS = {"retention": "customers kept", "margin": "margin, currency"}


def qini(one: Learned, rows: pd.DataFrame) -> Figure:
    """The Qini curve: what the treated gained over control, as the scores go down, against a random order."""
    weight, treated, _ = _columns(rows)
    curve = qini_curve(one.scores, rows[one.target.target].to_numpy(np.float64), treated, weight)
    unit = UNITS[one.target.target]
    figure, axes = axes_of(f"Qini: {one.target.target}, {one.target.learner}", "share of customers", unit)
    share = curve.rows / curve.rows[-1]
    axes.plot([0, 1], [0, curve.gained[-1]], color="grey", linewidth=1, linestyle="--")
    axes.plot(share, curve.gained, color=INK)
    return figure


def uplift_by_decile(one: Learned, rows: pd.DataFrame) -> Figure:
    """Average uplift in each tenth of the ranking; the line is what the model says there."""
    weight, _, group = _columns(rows)
    title = f"Uplift by decile: {one.target.target}"
    figure, axes = axes_of(title, "tenth of the ranking, best first", f"{UNITS[one.target.target]} per contact")
    bins = uplift_by_bin(one.scores, one.gains, weight, group)
    at = np.arange(1, len(bins) + 1)
    means = np.array([found.uplift for found in bins])
    errors = [means - [found.low for found in bins], np.array([found.high for found in bins]) - means]
    axes.axhline(0, color="grey", linewidth=1)
    axes.errorbar(at, means, yerr=errors, fmt="o", color=INK, capsize=2, label="held out, 90%")
    said, _, _ = one.target.belief.uplift(one.scores)
    predicted = uplift_by_bin(one.scores, said, weight, group)
    axes.plot(at, [found.uplift for found in predicted], color="darkorange", linewidth=1, label="model")
    axes.legend()
    return figure


def profit(one: Learned, rows: pd.DataFrame) -> Figure:
    """What contacting the best share of customers gains over contacting nobody, before costs."""
    weight, _, group = _columns(rows)
    title = f"What a contact budget gains: {one.target.target}"
    figure, axes = axes_of(title, "share of customers contacted", f"{UNITS[one.target.target]} per customer")
    points = profit_curve(one.scores, one.gains, weight, group)
    share = [0.0, *(point.share for point in points)]
    axes.plot([0, 1], [0, points[-1].value.value], color="grey", linewidth=1, linestyle="--")
    axes.plot(share, [0.0, *(point.value.value for point in points)], color=INK)
    low, high = [0.0, *(point.value.low for point in points)], [0.0, *(point.value.high for point in points)]
    axes.fill_between(share, low, high, color=INK, alpha=0.15)
    return figure


def _columns(rows: pd.DataFrame) -> tuple[Vector, Vector, Index]:
    weight, treated = rows.weight.to_numpy(np.float64), rows.treated.to_numpy(np.float64)
    return weight, treated, pd.factorize(rows.customer_id)[0]
