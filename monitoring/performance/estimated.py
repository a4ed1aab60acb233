"""Performance before labels mature: the AUC that calibrated risks themselves lead to expect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from configs.monitoring import Monitoring
from monitoring.intervals import Floats, Interval, cluster_bootstrap, wilson
from monitoring.performance.calibration import ece_by_chance, equal_count_bins, expected_calibration_error
from monitoring.performance.metrics import Auc, area


@dataclass(frozen=True, slots=True)
class Came:
    """What came of predictions: the share that left, the expected calibration error, and what chance explains of it.

    The last is what a perfect model would stay under 19 times in 20.
    """

    left: Interval
    ece: float
    ece_by_chance: float


@dataclass(frozen=True, slots=True)
class Window:
    """Predictions of a span of time: the AUC estimated from the risks, and the one that came true once all matured.

    The estimate supposes that the risks are calibrated: it sees covariates change, a changed relation it cannot see.
    `predicted` is the mean risk, `came` what came of it, once all matured.
    """

    begins: datetime
    ends: datetime
    customers: int
    estimated: Interval
    realised: Interval | None
    predicted: float
    came: Came | None = None


def windows(
    frame: pd.DataFrame, settings: Monitoring, *, now: datetime, rng: np.random.Generator
) -> tuple[Window, ...]:
    """Each span of `window_days` back from `now`, oldest first; of each customer, the last prediction in it.

    `frame` has customer_id, as_of, p_churn, label (null where not known), matures_at and at_risk. Spans of fewer than
    `min_rows` customers are left out; only rows at risk count, by their label or while the window is open.
    """
    span = timedelta(days=settings.window_days)
    waiting = frame["at_risk"] & (frame["matures_at"] > pd.Timestamp(now))
    told = frame[frame["p_churn"].notna() & (frame["label"].notna() | waiting)]
    ago = ((pd.Timestamp(now) - told["as_of"]).dt.total_seconds() // span.total_seconds()).to_numpy(np.int64)
    found = [
        _window(rows, now - span * (spans + 1), span, now, settings, rng)
        for spans in sorted(set(ago.tolist()), reverse=True)
        if (rows := told[ago == spans])["customer_id"].nunique() >= settings.min_rows
    ]
    return tuple(found)


def expected_auc(p: Floats) -> float:
    """The AUC of risks that are right, in expectation over their outcomes: a ratio of expectations, ties counted half.

    Every pair of rows counts by the chance that the first leaves and the second stays. Source: the confidence-based
    estimation of NannyML; nan where nobody can leave, or nobody stay.
    """
    values, rank = np.unique(p, return_inverse=True)
    leaving = np.bincount(rank, p, minlength=len(values))
    staying = np.bincount(rank, 1 - p, minlength=len(values))
    alone = float((p * (1 - p)).sum())  # nobody is paired with themselves
    won = float(leaving @ (np.cumsum(staying) - staying / 2)) - alone / 2
    pairs = float(leaving.sum() * staying.sum()) - alone
    return won / pairs if pairs > 0 else float("nan")


def _window(
    rows: pd.DataFrame,
    begins: datetime,
    span: timedelta,
    now: datetime,
    settings: Monitoring,
    rng: np.random.Generator,
) -> Window:
    last = rows.sort_values("as_of").drop_duplicates("customer_id", keep="last")
    p = last["p_churn"].to_numpy(np.float64)
    open_ = bool((last["matures_at"] > pd.Timestamp(now)).any())
    label = last["label"].to_numpy(np.float64)
    few = open_ or min(label.sum(), len(label) - label.sum()) < settings.min_events
    told = Window(begins, begins + span, len(last), _estimated(p, settings, rng), None, float(p.mean()))
    return told if few else _realised(told, p, label, settings, rng)


def _realised(told: Window, p: Floats, label: Floats, settings: Monitoring, rng: np.random.Generator) -> Window:
    each, bins = np.arange(len(p)), equal_count_bins(p)
    return replace(
        told,
        realised=cluster_bootstrap(Auc(p, label), each, resamples=settings.resamples, rng=rng),
        came=Came(
            wilson(float(label.sum()), len(label)),
            expected_calibration_error(p, label, bins),
            ece_by_chance(p, each, bins, settings, rng),
        ),
    )


def _estimated(p: Floats, settings: Monitoring, rng: np.random.Generator) -> Interval:
    """The expectation, with the 95% interval of an AUC yet to be seen: customers and their outcomes drawn anew."""
    values, rank = np.unique(p, return_inverse=True)
    drawn: list[float] = []
    for _ in range(settings.resamples):
        ranks = rank[rng.integers(len(p), size=len(p))]
        left = rng.random(len(p)) < values[ranks]
        sides = (np.bincount(ranks[side], minlength=len(values)).astype(np.float64) for side in (left, ~left))
        drawn.append(area(*sides))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Interval(expected_auc(p), float(low), float(high))
