"""What counts as evidence of an effect: the rules by which a log of treatments is graded."""

from __future__ import annotations

from pydantic import Field

from configs.loading import Frozen


class EvidenceRules(Frozen):
    """Rules of one grading; how many rows an arm needs is `EffectTraining.min_arm_rows`."""

    false_alarms: float = Field(0.01, gt=0, lt=0.5)  # chance that any check fails on a randomised log
    near: float = Field(0.05, gt=0, lt=0.5)  # without logged propensities, an AUC this far above .5 must be ruled out
    max_auc: float = Field(0.85, gt=0.5, le=1)  # beyond it, treated and control are different people
    trim: float = Field(0.05, gt=0, lt=0.5)  # estimated propensities nearer to 0 or 1 have no counterpart
    min_overlap: float = Field(0.5, gt=0, le=1)  # share of rows that must be left after trimming
    check_rows: int = Field(20_000, ge=1_000)  # customers that a check looks at, per offer
    max_copies: float = Field(3.0, ge=1)  # control rows stand for several offers, up to so many times the treated


RULES = EvidenceRules()
