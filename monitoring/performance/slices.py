"""Where the predictions are worst: predicted against observed by slice of the customers."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from configs.monitoring import Monitoring
from monitoring.intervals import Floats, Interval, cluster_bootstrap
from monitoring.performance.metrics import Auc

LEVEL = 0.95
FEWEST_LEAVING = 5  # customers, expected or seen, below which a mean is not normal
MOST_VALUES = 20  # of an attribute: more are no slices, but a list


@dataclass(frozen=True, slots=True)
class Slice:
    """The customers with one value of an attribute. `gap` is observed less predicted risk.

    `gap_of_all` is the same with an interval that holds for all slices together (Bonferroni). No AUC where the rarer
    outcome is of too few customers.
    """

    attribute: str
    value: str
    customers: int
    observed: float
    predicted: float
    gap: Interval
    gap_of_all: Interval
    auc: Interval | None

    @property
    def differs(self) -> bool:
        """Whether the slice is off by more than chance explains, however many slices were looked at."""
        return self.gap_of_all.low > 0 or self.gap_of_all.high < 0


def slices(
    labelled: pd.DataFrame, groups: pd.DataFrame, settings: Monitoring, rng: np.random.Generator
) -> tuple[Slice, ...]:
    """Every slice of at least `min_labels` rows and `min_group` customers, farthest from its prediction first.

    Slices in which hardly anybody leaves or stays, as expected or as seen, are left out: chance is not told from them.
    `labelled` has customer_id, p_churn and label (0 or 1); `groups` has customer_id, once each, and an attribute a
    column; null is no slice. Rows of one customer are one witness.
    """
    joined = labelled.merge(groups, on="customer_id", how="left")
    names = [name for name in groups.columns if name != "customer_id" and groups[name].nunique() <= MOST_VALUES]
    found = [
        (str(name), str(value), rows)
        for name in names
        for value, rows in joined.groupby(name, observed=True)
        if len(rows) >= settings.min_labels
        and rows["customer_id"].nunique() >= settings.min_group
        and _enough(rows.drop_duplicates("customer_id"))
    ]
    told = [_slice(name, value, rows, len(found), settings, rng) for name, value, rows in found]
    return tuple(sorted(told, key=lambda one: (-_far(one), one.attribute, one.value)))


def _enough(customers: pd.DataFrame) -> bool:
    p, y = customers["p_churn"].to_numpy(np.float64), customers["label"].to_numpy(np.float64)
    leaving, staying = max(p.sum(), y.sum()), max((1 - p).sum(), (1 - y).sum())
    return bool(min(leaving, staying) >= FEWEST_LEAVING)


def _slice(
    attribute: str, value: str, rows: pd.DataFrame, slices: int, settings: Monitoring, rng: np.random.Generator
) -> Slice:
    p, y = rows["p_churn"].to_numpy(np.float64), rows["label"].to_numpy(np.float64)
    customers = pd.factorize(rows["customer_id"])[0].astype(np.intp)
    by_class = rows.groupby("label")["customer_id"].nunique()
    enough = len(by_class) == 2 and int(by_class.min()) >= settings.min_events
    error = max(_error(y - p, customers), _expected_error(p, customers))
    return Slice(
        attribute=attribute,
        value=value,
        customers=int(customers.max()) + 1,
        observed=float(y.mean()),
        predicted=float(p.mean()),
        gap=_interval(float((y - p).mean()), error, 1),
        gap_of_all=_interval(float((y - p).mean()), error, slices),
        auc=cluster_bootstrap(Auc(p, y), customers, resamples=settings.resamples, rng=rng) if enough else None,
    )


def _error(gap: Floats, customers: NDArray[np.intp]) -> float:
    """The standard error of the mean gap, where customers are independent and their rows are not."""
    away = np.bincount(customers, gap - gap.mean())
    count = len(away)
    return sqrt(count / max(count - 1, 1) * float(away @ away)) / len(gap)


def _expected_error(p: Floats, customers: NDArray[np.intp]) -> float:
    """The same where the risks are right, and all rows of a customer come out alike."""
    away = np.bincount(customers, np.sqrt(p * (1 - p)))
    return sqrt(float(away @ away)) / len(p)


def _interval(value: float, error: float, comparisons: int) -> Interval:
    half = float(ndtri(1 - (1 - LEVEL) / (2 * comparisons))) * error
    return Interval(value, value - half, value + half)


def _far(one: Slice) -> float:
    """How many of its own half intervals the gap is from nothing."""
    half = (one.gap.high - one.gap.low) / 2
    return abs(one.gap.value) / half if half > 0 else 0.0
