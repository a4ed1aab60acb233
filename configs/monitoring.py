"""What monitoring looks at and when it speaks up."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, model_validator

from configs.loading import Frozen


class Webhook(Frozen):
    """When the webhook of the environment is told of a run, and how long that may take."""

    when: Literal["act", "always"] = "act"  # not `on`, which YAML reads as true
    timeout_seconds: float = Field(10.0, gt=0, le=600)  # of one try
    deadline_seconds: float = Field(30.0, gt=0, le=600)  # of all tries and the pauses between them


class EarlyWarning(Frozen):
    """Whose risk is told to have risen, between which instants, and how many customers are listed by name."""

    days: float = Field(28.0, gt=0)  # between the two scorings; the snapshots nearest to that are taken
    rise: float = Field(0.1, gt=0, lt=1)  # of p_churn, beyond which a customer is told of
    most: int = Field(200, ge=1, le=10_000)  # customers on the list


class Monitoring(Frozen):
    """Settings of `tenure monitor`. Shares and probabilities are in [0, 1]."""

    window_days: float = Field(28.0, gt=0)  # decisions of this many days are the current data
    lookback_days: float = Field(365.0, gt=0)  # predictions this old are still held against their labels
    min_rows: int = Field(200, ge=30)  # customers below which drift is not judged
    max_rows: int = Field(5000, ge=100)  # customers sampled on each side of the drift comparison
    alpha: float = Field(0.05, gt=0, lt=0.5)  # chance of any false alarm in a whole family of checks
    permutations: int = Field(399, ge=19)  # deals behind each drift threshold, beside 200 that set the scale
    smallest_shift: float = Field(0.1, ge=0)  # drift smaller than this is not worth a Monday; Evidently's own default
    redecided: int = Field(300, ge=30)  # decisions made again to find how large a drift is
    max_score_shift: float = Field(0.01, ge=0, lt=1)  # change of the mean risk by a drift that needs a person
    max_moved_share: float = Field(0.1, ge=0, lt=1)  # decisions that a drift turned into others
    max_profit_shift: float = Field(0.05, ge=0)  # change of expected profit, as a share of it
    null_change: float = Field(0.05, ge=0, lt=1)  # change in the share of nulls worth a word
    skew_rows: int = Field(500, ge=1)  # served vectors joined again to find whether they are what training sees
    max_skew_share: float = Field(0.01, ge=0, lt=1)  # vectors that may differ from the join before it needs a person
    max_stale_share: float = Field(0.01, ge=0, lt=1)  # vectors with something too old to use
    min_labels: int = Field(200, ge=30)  # matured labels below which performance is not judged
    min_events: int = Field(20, ge=5)  # customers of each class below which performance is not judged
    judged: int = Field(100_000, ge=1000)  # predictions held against their labels; of more, whole customers are drawn
    max_ece: float = Field(0.025, gt=0, lt=1)  # expected calibration error that matters to decisions
    resamples: int = Field(400, ge=100)  # bootstrap resamples behind each interval
    min_selection_probability: float = Field(0.001, gt=0, lt=1)  # below it a decision cannot be used to judge policies
    max_degraded_share: float = Field(0.01, ge=0, lt=1)  # decisions made without a model, features or a known customer
    min_group: int = Field(10, ge=2)  # customers below which a group is not told
    seed: int = 1  # of every draw: the same inputs give the same report
    webhook: Webhook = Webhook()
    early_warning: EarlyWarning = EarlyWarning()

    @model_validator(mode="after")
    def _enough_permutations(self) -> Monitoring:
        if self.alpha * (self.permutations + 1) < 1:
            raise ValueError(
                f"permutations is {self.permutations}, which cannot support alpha {self.alpha}: "
                f"at least {math.ceil(1 / self.alpha - 1e-9) - 1} are needed"
            )
        return self
