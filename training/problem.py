"""What a model learns from: features, labels and the instants that keep past and future apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.errors import DataError

Vector = NDArray[np.float64]
MIN_CLASS_ROWS = 10  # fewer of either class leave a fold with none to learn from


@dataclass(frozen=True)
class Problem:
    """Rows of one learning task, aligned: `rows` has customer_id, as_of, closes_at, label and the `features`.

    `closes_at` is when the label became known: a row may teach a model used at t only if closes_at <= t.
    """

    model: Literal["churn", "value", "response"]
    dataset: str
    rows: pd.DataFrame
    features: tuple[str, ...]
    horizon_days: int
    lead_days: int = 0

    @property
    def label(self) -> Vector:
        """Labels as float64."""
        return self.rows["label"].to_numpy(np.float64)

    @property
    def binary(self) -> bool:
        """Whether the label is yes or no rather than an amount."""
        return self.model != "value"

    @property
    def temporal(self) -> bool:
        """Whether there is more than one instant, so that splits can be temporal."""
        return bool(self.rows["as_of"].nunique() > 1)

    def fingerprint(self) -> str:
        """Sixteen hex digits of rows and labels, whatever their order in memory."""
        hashed = pd.util.hash_pandas_object(self.rows[["customer_id", "as_of", "label", *self.features]], index=False)
        return hashlib.sha256(np.sort(hashed.to_numpy()).tobytes()).hexdigest()[:16]

    def take(self, index: NDArray[np.intp]) -> Problem:
        """The same task on some of its rows."""
        rows = self.rows.iloc[index].reset_index(drop=True)
        return Problem(self.model, self.dataset, rows, self.features, self.horizon_days, self.lead_days)


def require_learnable(problem: Problem, min_rows: int) -> None:
    """Raise DataError where the labels cannot teach: too few rows, only one class, or hardly any of one."""
    rows = len(problem.rows)
    if rows < min_rows:
        raise DataError(
            f"{problem.model}: {rows} labelled rows, at least {min_rows} are needed; "
            "map more history, or more customers, or shorten the horizon"
        )
    if not problem.binary:
        return
    positives = int(problem.label.sum())
    if positives in (0, rows):
        said = "everybody" if positives else "nobody"
        raise DataError(
            f"{problem.model}: one class only: {said} of {rows} has label 1; check the label's definition and window"
        )
    if min(positives, rows - positives) < MIN_CLASS_ROWS:
        raise DataError(
            f"{problem.model}: {positives} of {rows} rows have label 1; at least {MIN_CLASS_ROWS} of either class are "
            "needed; map more history, or check the label's definition and window"
        )
