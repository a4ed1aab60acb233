"""How models are trained. Defaults are the strongly regularised settings that won on the public data sets."""

from __future__ import annotations

from pydantic import Field

from configs.loading import Frozen


class Training(Frozen):
    """Settings of one training run. The same seed gives the same model, bit for bit."""

    seed: int = 0
    trials: int = Field(12, ge=1)  # Optuna trials; the first is the default setting below
    folds: int = Field(3, ge=2)
    threads: int = Field(1, ge=1)  # LightGBM beyond the free cores is ten times slower
    max_rounds: int = Field(600, ge=50)
    bag: int = Field(1, ge=1)  # boosters averaged, each with its own seed
    ridges: tuple[float, ...] = (10.0, 30.0, 100.0, 300.0, 1000.0)
    min_rows: int = Field(200, ge=50)
    min_level_rows: int = Field(30, ge=1)
    leak_auc: float = Field(0.9, gt=0.5, le=1)  # a single feature that ranks the label this well is suspect
