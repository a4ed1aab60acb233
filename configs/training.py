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


class EffectTraining(Frozen):
    """Settings of effect training. The same seed gives the same effects, bit for bit."""

    seed: int = 0
    folds: int = Field(3, ge=2)  # of customers; each is judged by models that have not seen it, and all are averaged
    threads: int = Field(1, ge=1)
    budget: float = Field(0.2, gt=0, lt=1)  # share of rows treated when learners are compared
    max_rounds: int = Field(60, ge=10)  # of one booster, at a rate of .1
    min_arm_rows: int = Field(100, ge=30)  # treated, and untreated, below which an offer's effect is not estimated
    min_level_rows: int = Field(30, ge=1)
