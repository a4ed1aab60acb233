"""Artefacts written by hand: small enough that a prediction can be checked on paper."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import lightgbm as lgb
import numpy as np

from configs.artefact import FILE, Artefact, Calibration, Column, Linear, Source, Window
from serving.model import TrainedModel, load_model

SOURCES = (Source(name="x__days"), Source(name="x__plan", levels=("basic", "gold")))
COLUMNS = (
    Column(source=0, op="number", value=10.0, mean=10.0, scale=5.0),
    Column(source=1, op="level", value=1.0, mean=0.0, scale=1.0),
)
WINDOW = Window(
    first_as_of=datetime(2023, 1, 1, tzinfo=UTC),
    last_as_of=datetime(2023, 6, 1, tzinfo=UTC),
    horizon_days=28,
    lead_days=0,
    rows=500,
    fingerprint="0" * 16,
)


def artefact(
    *, link: Literal["logit", "log"] = "logit", weight: float = 0.0, boosters: tuple[str, ...] = ()
) -> Artefact:
    """log-odds = -1 + (days - 10) / 5 + 2 if gold; calibrated with slope 0.5 and intercept 0.1."""
    return Artefact(
        model="value" if link == "log" else "churn",
        dataset="by hand",
        link=link,
        sources=SOURCES,
        columns=COLUMNS,
        linear=Linear(coefficients=(1.0, 2.0), intercept=-1.0),
        weight=weight,
        boosters=boosters,
        calibration=Calibration() if link == "log" else Calibration(slope=0.5, intercept=0.1),
        risk_bands=(0.4, 0.6),
        window=WINDOW,
    )


def grown(columns: int = 2) -> lgb.Booster:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, columns))
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "deterministic": True}
    return lgb.train(settings, lgb.Dataset(z, (z[:, 0] > 0).astype(float)), 20)


def write(folder: Path, made: Artefact, booster: lgb.Booster | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(made.model_dump_json())
    for name in made.boosters:
        (booster or grown()).save_model(folder / name)
    return folder


def model(folder: Path, made: Artefact, version: str = "1") -> TrainedModel:
    return load_model(write(folder, made), name=f"tenure-{made.model}", version=version)
