"""Promotion is a verdict with reasons: it refuses unless the challenger is shown to be no worse on the same rows.

Against the champion the rule is one of non-inferiority: the whole 95% interval of the challenger's gain must lie above
a small tolerated loss. A challenger that is as good passes once there are rows enough to see it; one that is worse by
more than is tolerated passes in at most 1 of 40 cases; one that is better has nothing to prove beyond this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training import metrics, paired
from training.paired import Comparison

Vector = NDArray[np.float64]
AUC_DRAWS = 100
CALIBRATED_DRAWS = 50
KEYS = ["customer_id", "as_of"]
LEAST_ROWS = 200  # fewer judged by both, or in a slice, cannot say anything
FEW_LEVELS = 12
BIAS = (0.8, 1.25)  # predicted to actual total


@dataclass(frozen=True)
class Gate:
    """What a challenger must show. Amounts are in the dataset's currency."""

    max_calibration_error: float = 0.05  # beyond what chance gives a calibrated model
    min_auc_low: float = 0.5  # lower end of the AUC's 95% interval
    save_rate: float = 0.3  # share of contacted leavers who stay: an assumption, until effects are estimated
    value: float = 100.0  # what a customer who stays is worth
    contact_cost: float = 3.0
    tolerated_loss: float = 0.02  # against the champion, as a share of what perfect foresight would gain
    worst_slice_z: float = 3.0  # a slice may not be worse than tolerated by more standard errors than this


@dataclass(frozen=True)
class Reason:
    """One check: what was held against what."""

    check: str
    passed: bool
    said: str


@dataclass(frozen=True)
class Verdict:
    """Whether to promote, and every check that was made."""

    promote: bool
    reasons: tuple[Reason, ...]


def judge(challenger: pd.DataFrame, champion: pd.DataFrame | None, *, model: str, gate: Gate, seed: int = 0) -> Verdict:
    """Hold out-of-fold predictions (customer_id, as_of, label, prediction, categories) of two versions side by side.

    Without a champion the challenger is held against the gate alone. What is compared is expected profit for churn,
    log loss for response (until a ledger can tell profit) and deviance for value, on the rows that both judged.
    """
    reasons = [_unbiased(challenger)]
    if model != "value":
        reasons += [_ranks(challenger, gate, seed), _calibrated(challenger, gate, seed)]
    if champion is not None:
        reasons += _against(challenger, champion, model, gate, seed)
    return Verdict(all(reason.passed for reason in reasons), tuple(reasons))


def _unbiased(rows: pd.DataFrame) -> Reason:
    predicted, actual = float(rows.prediction.sum()), float(rows.label.sum())
    passed = BIAS[0] * actual <= predicted <= BIAS[1] * actual
    said = f"predicted total {predicted:,.0f}, actual {actual:,.0f}; the ratio must be within {BIAS[0]} and {BIAS[1]}"
    return Reason("bias", passed, said)


def _ranks(rows: pd.DataFrame, gate: Gate, seed: int) -> Reason:
    label, predicted = rows.label.to_numpy(), rows.prediction.to_numpy()
    customer = pd.factorize(rows.customer_id)[0]
    count, rng = customer.max() + 1, np.random.default_rng(seed)
    draws = []
    for _ in range(AUC_DRAWS):
        weight = np.bincount(rng.integers(0, count, count), minlength=count)[customer]
        if 0 < (weight * label).sum() < weight.sum():
            draws.append(float(roc_auc_score(label, predicted, sample_weight=weight)))
    low, high = np.quantile(draws, [0.025, 0.975])
    said = f"AUC {roc_auc_score(label, predicted):.3f}, 95% interval {low:.3f} to {high:.3f}"
    return Reason("ranking", bool(low > gate.min_auc_low), f"{said}; the lower end must exceed {gate.min_auc_low}")


def _calibrated(rows: pd.DataFrame, gate: Gate, seed: int) -> Reason:
    """Few rows give even a calibrated model an error; only what exceeds that counts."""
    predicted, rng = rows.prediction.to_numpy(), np.random.default_rng(seed)
    error = metrics.calibration_error(rows.label.to_numpy(), predicted)
    drawn = (rng.random(len(rows)) < predicted for _ in range(CALIBRATED_DRAWS))
    chance = float(np.mean([metrics.calibration_error(label.astype(np.float64), predicted) for label in drawn]))
    said = f"expected calibration error {error:.4f}, of a calibrated model {chance:.4f} on as many rows"
    passed = error - chance <= gate.max_calibration_error
    return Reason("calibration", passed, f"{said}; at most {gate.max_calibration_error} more")


def _against(challenger: pd.DataFrame, champion: pd.DataFrame, model: str, gate: Gate, seed: int) -> list[Reason]:
    keys = [*KEYS, *(["offer_id"] if "offer_id" in challenger and "offer_id" in champion else [])]
    both = challenger.merge(champion[[*keys, "label", "prediction"]], on=keys, suffixes=("", "_champion"))
    if len(both) < LEAST_ROWS:
        said = f"only {len(both)} rows judged by both, {LEAST_ROWS} needed: the two learned from different records"
        return [Reason("same rows", False, said)]
    if not np.allclose(both.label, both.label_champion, rtol=1e-6):  # sums of amounts differ in their last digits
        said = "the same rows have other labels now: the two predict different things, or the records were corrected"
        return [Reason("same labels", False, said)]
    comparison = _compare(both, model, gate)
    tolerated = gate.tolerated_loss * comparison.foresight
    return [_not_worse(both, comparison, tolerated, seed), _worst_slice(both, comparison.gain, tolerated, gate)]


def _compare(both: pd.DataFrame, model: str, gate: Gate) -> Comparison:
    label, new, old = (both[name].to_numpy(np.float64) for name in ("label", "prediction", "prediction_champion"))
    if model == "churn":
        saved = gate.save_rate * gate.value
        return paired.profit_gained(label, new, old, saved=saved, contact_cost=gate.contact_cost)
    return paired.log_loss_saved(label, new, old) if model == "response" else paired.deviance_saved(label, new, old)


def _not_worse(both: pd.DataFrame, comparison: Comparison, tolerated: float, seed: int) -> Reason:
    low, high = paired.interval(comparison.gain, both.customer_id, seed)
    said = (
        f"{comparison.words} {comparison.gain.mean():+.5f} a row on {len(both):,} shared rows, "
        f"95% interval {low:+.5f} to {high:+.5f}; the lower end must exceed {-tolerated:+.5f}"
    )
    if low <= -tolerated < high:
        said += " (not shown to be worse, but more rows are needed to rule it out)"
    return Reason("against the champion", low > -tolerated, said)


def _worst_slice(both: pd.DataFrame, gain: Vector, tolerated: float, gate: Gate) -> Reason:
    """The slice that is worse than tolerated by the most standard errors."""
    worst, where = np.inf, ""
    for name, rows in _slices(both):
        error = paired.standard_error(gain[rows], both.customer_id.iloc[rows])
        excess = float(gain[rows].mean()) + tolerated
        z = excess / error if error > 0 else np.copysign(np.inf, excess)
        if z < worst:
            worst, where = float(z), f"{name} ({len(rows):,} rows)"
    if not where:
        return Reason("slices", True, f"no slice beside all has {LEAST_ROWS} rows, or none is worse")
    said = f"worst: {where}, {worst:+.1f} standard errors from the tolerated loss; at least {-gate.worst_slice_z}"
    return Reason("slices", worst >= -gate.worst_slice_z, said)


def _slices(both: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.intp]]]:
    fixed = {*KEYS, "offer_id"}
    for name in (column for column in both.columns if column not in fixed):
        if not pd.api.types.is_numeric_dtype(both[name]) and both[name].nunique() <= FEW_LEVELS:
            for level, rows in both.groupby(name).indices.items():
                if len(rows) >= LEAST_ROWS:
                    yield f"{name} = {level}", np.asarray(rows)
