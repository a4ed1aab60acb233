"""What training hands to serving: `artefact.json` beside LightGBM text files. Never a pickle.

A prediction is link((1 - weight) * (coefficients . z + intercept) + weight * mean of the boosters on z), calibrated on
the log-odds scale, where z are the encoded columns (`features.encoding`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field

from configs.errors import StoreUnavailable
from configs.loading import Frozen

FORMAT = 1
FILE = "artefact.json"
REFERENCE = "reference.parquet"


class Source(Frozen):
    """An input feature. A category's code is its place in `levels`; null and unseen are the same: missing."""

    name: str
    levels: tuple[str, ...] | None = None  # None: a number


class Column(Frozen):
    """A column of z: the source's value through `op`, standardised with the training mean and scale.

    `number` and `log` take `value` for a missing one; `log` is log(1 + x / unit); `missing` is 1 where there is none;
    `level` is 1 where the category's code equals `value`. Boosters see every column but `log`, which trees need not.
    """

    source: int
    op: Literal["number", "log", "missing", "level"]
    value: float = 0.0
    unit: float = Field(1.0, gt=0)
    mean: float
    scale: float = Field(gt=0)


class Linear(Frozen):
    """The penalised linear part, on z."""

    coefficients: tuple[float, ...]
    intercept: float


class Calibration(Frozen):
    """Platt's map on log-odds: intercept + slope * log-odds. The default changes nothing."""

    slope: float = 1.0
    intercept: float = 0.0


class Window(Frozen):
    """What the model was trained on."""

    first_as_of: AwareDatetime
    last_as_of: AwareDatetime
    horizon_days: int
    lead_days: int
    rows: int
    positives: float | None = None  # share of rows with label 1; null for an amount
    fingerprint: str  # of the training rows


class Artefact(Frozen):
    """A trained model. `risk_bands` are the upper ends of "low" and "medium" p_churn."""

    format: int = FORMAT
    model: Literal["churn", "value", "response"]
    dataset: str
    link: Literal["logit", "log"]
    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    linear: Linear | None
    weight: float = Field(ge=0, le=1)
    boosters: tuple[str, ...]
    calibration: Calibration = Calibration()
    risk_bands: tuple[float, float] | None = None
    window: Window
    metrics: dict[str, float] = Field(default_factory=dict)


def read_artefact(folder: Path) -> Artefact:
    """The artefact in `folder`. Raises StoreUnavailable where it is absent, damaged or of another format."""
    path = folder / FILE
    try:
        artefact = Artefact.model_validate_json(path.read_text())
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"{path}: no model can be read from it: {error}") from error
    if artefact.format != FORMAT:
        raise StoreUnavailable(f"{path}: artefact format {artefact.format}, this Tenure reads {FORMAT}")
    return artefact
