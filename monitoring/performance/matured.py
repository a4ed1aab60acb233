"""Was the model right? Predictions held against labels whose window has closed, and only those."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.errors import DataError
from configs.monitoring import Monitoring
from monitoring import words
from monitoring.intervals import Floats, Interval, cluster_bootstrap, wilson
from monitoring.performance.calibration import ece_by_chance, equal_count_bins, expected_calibration_error
from monitoring.performance.estimated import Window
from monitoring.performance.metrics import Auc, Mean, surprise
from monitoring.performance.slices import Slice

SPINE = ["customer_id", "as_of"]


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of about equal size: what was said, what came, with its interval."""

    predicted: float
    observed: Interval
    rows: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How good the predictions were. `ece_by_chance` is what a perfect model would stay under 19 times in 20."""

    auc: Interval
    brier: Interval
    log_loss: Interval
    ece: float
    ece_by_chance: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Performance:
    """`outside` rows had no label although their window has closed: not in the population that is predicted for."""

    matured: int
    customers: int
    events: int
    waiting: int
    outside: int
    next_matures_at: datetime | None
    all_mature_at: datetime | None
    fit: Fit | None
    missing: str | None  # why there is no fit
    of: int | None = None  # predictions in all, where those of some customers are looked at
    windows: tuple[Window, ...] = ()  # oldest first
    slices: tuple[Slice, ...] = ()  # farthest from its prediction first


def attach(predicted: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Join labels to predictions on (customer_id, as_of). Raises DataError naming whatever is wrong with the labels.

    Where they do not say who was at risk, everybody was whose label is not known yet.
    """
    problems = [f"column {name} is missing" for name in (*SPINE, "label", "matures_at") if name not in labels]
    aware = [name for name in ("as_of", "matures_at") if name in labels]
    problems += [
        f"{name} must be aware UTC instants, given {labels[name].dtype}" for name in aware if not _aware(labels[name])
    ]
    if "label" in labels and (strange := set(labels["label"].dropna().unique()) - {0, 1}):
        problems.append(f"a label must be 0, 1 or null, given {sorted(map(str, strange))[:3]}")
    if not problems and labels[SPINE].duplicated().any():
        problems.append("more than one label for the same (customer_id, as_of)")
    if problems:
        raise DataError("labels cannot be used", details=problems)
    joined = predicted.merge(labels, on=SPINE)
    if len(joined) < len(predicted):
        raise DataError(
            f"labels answered {len(joined):,} of {len(predicted):,} predictions; null is an answer, silence is not"
        )
    return joined if "at_risk" in joined else joined.assign(at_risk=True)


def matured(frame: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """The predictions whose window has closed, of customers who were at risk."""
    return frame[frame["p_churn"].notna() & frame["label"].notna() & (frame["matures_at"] <= pd.Timestamp(now))]


def judge(frame: pd.DataFrame, settings: Monitoring, *, now: datetime, rng: np.random.Generator) -> Performance:
    """Metrics on the matured rows of `frame`: customer_id, as_of, p_churn, label (1, 0, null), matures_at, at_risk.

    A label that is there before `matures_at` is not used: only customers who left early could have one.
    """
    predicted = frame[frame["p_churn"].notna()]
    closed = predicted["matures_at"] <= pd.Timestamp(now)
    labelled = matured(frame, now)
    waiting = predicted.loc[~closed & predicted["at_risk"], "matures_at"]
    by_class = labelled.groupby("label")["customer_id"].nunique()
    missing = _why_not(len(labelled), by_class, settings)
    return Performance(
        matured=len(labelled),
        customers=labelled["customer_id"].nunique(),
        events=int(labelled["label"].astype(float).sum()),
        waiting=len(waiting),
        outside=int(((closed & predicted["label"].isna()) | (~closed & ~predicted["at_risk"])).sum()),
        next_matures_at=waiting.min().to_pydatetime() if len(waiting) else None,
        all_mature_at=waiting.max().to_pydatetime() if len(waiting) else None,
        fit=None if missing else _fit(labelled, settings, rng),
        missing=missing,
    )


def _aware(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.DatetimeTZDtype)


def _why_not(rows: int, by_class: pd.Series, settings: Monitoring) -> str | None:
    if rows < settings.min_labels:
        return f"{words.count(rows, 'outcome')} known, {settings.min_labels:,} needed"
    fewest = int(by_class.min()) if len(by_class) == 2 else 0
    if fewest < settings.min_events:
        return f"{words.count(fewest, 'customer')} with the rarer outcome, {settings.min_events} needed"
    return None


def _fit(labelled: pd.DataFrame, settings: Monitoring, rng: np.random.Generator) -> Fit:
    p = labelled["p_churn"].to_numpy(np.float64)
    y = labelled["label"].to_numpy(np.float64)
    customers = pd.factorize(labelled["customer_id"])[0].astype(np.intp)
    bins = equal_count_bins(p)
    auc, brier, log_loss = (
        cluster_bootstrap(metric, customers, resamples=settings.resamples, rng=rng)
        for metric in (Auc(p, y), Mean((p - y) ** 2), Mean(surprise(p, y)))
    )
    return Fit(
        auc=auc,
        brier=brier,
        log_loss=log_loss,
        ece=expected_calibration_error(p, y, bins),
        ece_by_chance=ece_by_chance(p, customers, bins, settings, rng),
        bins=tuple(_bin(p, y, customers, bins == b) for b in np.unique(bins)),
    )


def _bin(p: Floats, y: Floats, customers: NDArray[np.intp], inside: NDArray[np.bool_]) -> Bin:
    rows = int(inside.sum())
    observed = wilson(float(y[inside].sum()), rows, effective=len(np.unique(customers[inside])))
    return Bin(float(p[inside].mean()), observed, rows)
