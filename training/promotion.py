"""Promotion is a verdict with reasons: it refuses unless the challenger is shown to be no worse on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training import metrics

Vector = NDArray[np.float64]
DRAWS = 500
KEYS = ["customer_id", "as_of"]
LEVEL_ROWS = 200  # a slice smaller than this cannot say anything


@dataclass(frozen=True)
class Gate:
    """What a challenger must show. Amounts are in the dataset's currency."""

    max_calibration_error: float = 0.05
    min_auc_low: float = 0.5  # lower end of the AUC's 95% interval
    save_rate: float = 0.3  # share of contacted leavers who stay: an assumption, until effects are estimated
    value: float = 100.0  # what a customer who stays is worth
    contact_cost: float = 3.0
    worst_slice_z: float = 4.0  # a slice may not be worse by more standard errors than this


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


def judge(
    challenger: pd.DataFrame,
    champion: pd.DataFrame | None,
    *,
    objective: Literal["binary", "amount"],
    gate: Gate,
    seed: int,
) -> Verdict:
    """Hold out-of-fold predictions (customer_id, as_of, label, prediction, categories) of two versions side by side.

    Without a champion the challenger is held against the gate alone. Both are compared on the rows that both judged;
    the interval is a bootstrap over customers, because one customer's rows are not independent.
    """
    if objective == "amount":
        reasons = [_unbiased(challenger)]
    else:
        reasons = [_ranks(challenger, gate, seed), _calibrated(challenger, gate)]
    if champion is not None:
        reasons += _against(challenger, champion, objective, gate, seed)
    return Verdict(all(reason.passed for reason in reasons), tuple(reasons))


def profit(label: Vector, probability: Vector, gate: Gate) -> Vector:
    """Each row's realised profit, if exactly those are contacted for whom p x save rate x value exceeds the cost."""
    contacted = probability * gate.save_rate * gate.value > gate.contact_cost
    return np.where(contacted, label * gate.save_rate * gate.value - gate.contact_cost, 0.0)


def _ranks(rows: pd.DataFrame, gate: Gate, seed: int) -> Reason:
    label, predicted = rows.label.to_numpy(), rows.prediction.to_numpy()
    draws = [
        metrics.binary(label[index], predicted[index])["auc"]
        for index in _customers(rows, seed, DRAWS // 5)
        if 0 < label[index].mean() < 1
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    said = f"AUC {metrics.binary(label, predicted)['auc']:.3f}, 95% interval {low:.3f} to {high:.3f}"
    return Reason("ranking", bool(low > gate.min_auc_low), f"{said}; the lower end must exceed {gate.min_auc_low}")


def _calibrated(rows: pd.DataFrame, gate: Gate) -> Reason:
    error = metrics.calibration_error(rows.label.to_numpy(), rows.prediction.to_numpy())
    said = f"expected calibration error {error:.4f}, at most {gate.max_calibration_error}"
    return Reason("calibration", error <= gate.max_calibration_error, said)


def _unbiased(rows: pd.DataFrame) -> Reason:
    ratio = float(rows.prediction.sum() / rows.label.sum())
    return Reason("bias", 0.8 <= ratio <= 1.25, f"predicted to actual total {ratio:.3f}, allowed 0.8 to 1.25")


def _against(challenger: pd.DataFrame, champion: pd.DataFrame, objective: str, gate: Gate, seed: int) -> list[Reason]:
    keys = [*KEYS, *(["offer_id"] if "offer_id" in challenger else [])]
    both = challenger.merge(champion[[*keys, "prediction"]], on=keys, suffixes=("", "_champion"))
    if len(both) < LEVEL_ROWS:
        said = f"only {len(both)} rows judged by both, {LEVEL_ROWS} needed; retrain the champion's task on this data"
        return [Reason("same rows", False, said)]
    gain, unit = _gain(both, objective, gate)
    draws = [gain[index].mean() for index in _customers(both, seed, DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    spread = max(float(np.std(draws)), np.finfo(float).tiny)
    said = f"{unit} {gain.mean():+.5f} a row on {len(both):,} shared rows, 95% interval {low:+.5f} to {high:+.5f}"
    better = Reason("against the champion", bool(low > -spread), f"{said}; must not be worse")
    return [better, _worst_slice(both, gain, gate)]


def _gain(both: pd.DataFrame, objective: str, gate: Gate) -> tuple[Vector, str]:
    label = both.label.to_numpy()
    new, old = both.prediction.to_numpy(), both.prediction_champion.to_numpy()
    if objective == "amount":
        return np.abs(label - old) - np.abs(label - new), "absolute error saved"
    return profit(label, new, gate) - profit(label, old, gate), "expected profit"


def _worst_slice(both: pd.DataFrame, gain: Vector, gate: Gate) -> Reason:
    worst, where = np.inf, "no slice is large enough"
    fixed = {*KEYS, "offer_id", "label", "prediction", "prediction_champion"}
    for name in (column for column in both.columns if column not in fixed):
        for level, rows in both.groupby(name).indices.items():
            if len(rows) >= LEVEL_ROWS:
                error = gain[rows].std() / np.sqrt(len(rows))
                z = float(gain[rows].mean() / error) if error > 0 else 0.0
                if z < worst:
                    worst, where = z, f"{name} = {level} ({len(rows):,} rows)"
    said = f"worst: {where}" + (f", {worst:+.1f} standard errors" if np.isfinite(worst) else "")
    return Reason("slices", worst >= -gate.worst_slice_z, f"{said}; at least {-gate.worst_slice_z}")


def _customers(rows: pd.DataFrame, seed: int, draws: int) -> list[NDArray[np.intp]]:
    """Row numbers of bootstrap samples of whole customers."""
    rng = np.random.default_rng(seed)
    groups = list(rows.groupby("customer_id").indices.values())
    return [
        np.concatenate([groups[number] for number in rng.integers(0, len(groups), len(groups))]) for _ in range(draws)
    ]
