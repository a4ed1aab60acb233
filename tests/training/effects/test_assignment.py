"""The grade of an offer from its stacked rows: logged, recovered, estimated or none, and in which words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from configs.evidence import RULES, EvidenceRules
from configs.training import EffectTraining
from features.contract import CONTROL
from tests.training.effects import campaigns
from training.effects.assignment import Graded, Grading, grade, look
from training.effects.logged import Promise, promise
from training.effects.stack import stack

SETTINGS = EffectTraining()
BY = Grading(SETTINGS, RULES, RULES.false_alarms / 4)


def rows_of(log: pd.DataFrame, offer_id: str = "mail") -> pd.DataFrame:
    rows = stack(log, 3.0, seed=0)
    return rows[rows.offer_id == offer_id].reset_index(drop=True)


def x_of(rows: pd.DataFrame, count: int, seed: int = 0) -> np.ndarray:
    known = campaigns.customers(count, seed).set_index("customer_id")
    return known.loc[rows.customer_id, ["profile__need", "profile__noise"]].to_numpy()


def graded(log: pd.DataFrame, count: int, seed: int = 0, by: Grading = BY, held: Promise | None = None) -> Graded:
    rows = rows_of(campaigns.numbered(log))
    if held is None and rows.propensity.notna().all():
        held = promise(campaigns.numbered(log), "mail")
    return grade(rows, x_of(rows, count, seed), held, by)


GRADES = [  # customers, targeting, logged, claimed propensities -> grade, words
    (1200, 0.0, True, None, "randomised", "logged propensities fit what was done"),
    (1200, 1.0, True, None, "randomised", "under them nothing known before tells treated from control"),
    (2400, 0.0, False, None, "randomised", "no propensities are logged; nothing known before tells who got it (AUC 0."),
    (450, 0.0, False, None, "observational", "too few rows to say that nobody was chosen"),
    (2400, 0.8, False, None, "observational", "propensities are estimated: who got it can be told (AUC 0."),
    (2400, 9.0, False, None, "none", "no overlap: who got it can be told (AUC 0.9"),
    (2400, 0.0, True, {CONTROL: 0.2, "mail": 0.4, "call": 0.4}, "randomised", "do not fit what was done: in the arm"),
    (2400, 0.8, True, {CONTROL: 0.32, "mail": 0.34, "call": 0.34}, "observational", "can be told beyond them (AUC 0."),
    (2400, 0.8, True, "half", "observational", "weighted by them, treated and control still differ"),
]


@pytest.mark.parametrize(("count", "targeting", "logged", "claimed", "reached", "words"), GRADES)
def test_grades(
    count: int, targeting: float, logged: bool, claimed: Mapping[str, float] | str | None, reached: str, words: str
) -> None:
    log = campaigns.log(count, targeting=targeting, logged=logged, seed=2)
    if claimed == "half":  # customers differ, but by less than the log says; the arms' sizes are right
        flat = campaigns.log(count, seed=2).propensity.iloc[0]
        p = np.sqrt(log.propensity * flat)
        scale = (log.offer_id.map((1 / p).groupby(log.offer_id).sum()) / count).astype(float)
        log["propensity"] = (p * scale).clip(upper=1.0)
    elif claimed:
        log["propensity"] = log.offer_id.map(claimed)
    found = graded(log, count, 2)
    assert (found.evidence.grade, words in found.evidence.why) == (reached, True), found.evidence.why
    assert found.logged == (logged and claimed is None)
    assert (found.evidence.offer_id, found.evidence.kind) == ("mail", "contact")
    assert found.evidence.treated == (log.offer_id == "mail").sum()
    assert found.evidence.controls == (log.offer_id == CONTROL).sum()


def test_what_is_not_random_says_what_data_would_lift_it() -> None:
    for targeting in (0.8, 9.0):
        found = graded(campaigns.log(2400, targeting=targeting, logged=False), 2400)
        assert "leave a random 10% of the next campaign untreated and log the propensities" in found.evidence.why


def test_weights_are_one_per_treatment_where_chances_were_equal() -> None:
    found, rows = graded(campaigns.log(1200), 1200), rows_of(campaigns.numbered(campaigns.log(1200)))
    assert found.weight[rows.treated == 1].tolist() == [1.0] * int(rows.treated.sum())
    assert found.weight.tolist() == rows.weight.tolist()
    assert not found.log_odds.any()


def test_logged_weights_are_inverse_to_the_propensity() -> None:
    log = campaigns.log(1200, targeting=1.0)
    found, rows = graded(log, 1200), rows_of(campaigns.numbered(log))
    frequency = log.offer_id.value_counts(normalize=True)
    treated = (rows.treated == 1).to_numpy()
    assert found.weight[treated] == pytest.approx(frequency["mail"] / rows.propensity[treated])
    expected = rows.weight[~treated] * frequency[CONTROL] / rows.propensity[~treated]
    assert found.weight[~treated] == pytest.approx(expected)


def test_propensities_so_small_that_few_rows_count_are_refused() -> None:
    """True ones, of a campaign that left little to chance: many rows, of little worth."""
    log = campaigns.log(2400, targeting=2.0)
    assert (log.offer_id == "mail").sum() > 600
    found = graded(log, 2400, by=Grading(EffectTraining(min_arm_rows=600), RULES, BY.alarm))
    assert (found.evidence.grade, found.weight.sum()) == ("none", 0.0)
    assert "some are so small that rows are worth" in found.evidence.why


def test_estimated_weights_leave_out_who_has_no_counterpart() -> None:
    log = campaigns.log(4000, targeting=1.6, logged=False)
    by = Grading(SETTINGS, EvidenceRules(trim=0.2, max_auc=1.0), BY.alarm)
    found, rows = graded(log, 4000, by=by), rows_of(campaigns.numbered(log))
    out = found.weight == 0
    assert found.evidence.grade == "observational"
    assert 0.05 < out.mean() < 0.5
    need = np.abs(x_of(rows, 4000)[:, 0])
    assert need[out].mean() > need[~out].mean() + 0.5  # the extremes
    assert found.log_odds[~out].std() > 0.2


LIMITS = [EvidenceRules(max_auc=0.6), EvidenceRules(trim=0.4, min_overlap=1.0)]


@pytest.mark.parametrize("rules", LIMITS)
def test_overlap_is_held_against_each_limit(rules: EvidenceRules) -> None:
    found = graded(campaigns.log(2400, targeting=0.8, logged=False), 2400, by=Grading(SETTINGS, rules, BY.alarm))
    assert (found.evidence.grade, found.weight.sum()) == ("none", 0.0)


def test_effective_rows_count_not_rows() -> None:
    by = Grading(EffectTraining(min_arm_rows=700), RULES, BY.alarm)
    log = campaigns.log(2400, targeting=0.8, logged=False)
    assert (log.offer_id == "mail").sum() > 700  # but worth fewer
    found = graded(log, 2400, by=by)
    assert found.evidence.grade == "none"
    assert "700 of either" in found.evidence.why


def test_randomised_logs_keep_their_grade_at_the_stated_rate() -> None:
    """40 logs of 600 customers, each check at 1%: more than 4 falls would come in one of 10,000 tests."""
    strict = Grading(SETTINGS, RULES, 0.01)
    fallen = 0
    for seed in range(40):
        log = campaigns.log(600, seed=seed)
        fallen += graded(log, 600, seed, strict).evidence.grade != "randomised"
    assert fallen <= binom.ppf(0.9999, 40, 0.02)


def test_a_sticky_holdout_is_judged_by_its_first_wave() -> None:
    """Later waves carry traces of the first: here `seen`, which tells the arms apart without anybody being chosen."""
    once = campaigns.log(1200, logged=False)
    again = once.assign(as_of=once.as_of + campaigns.WINDOW, closes_at=once.closes_at + campaigns.WINDOW)
    rows = rows_of(campaigns.numbered(pd.concat([once, again], ignore_index=True)))
    seen = ((rows.as_of > campaigns.START) & (rows.treated == 1)).to_numpy(float)
    assert look(rows, seen[:, None], BY).p_value > 0.01
    drawn_anew = pd.concat([once, campaigns.log(1200, waves=2, seed=1, logged=False).tail(1200)], ignore_index=True)
    rows = rows_of(campaigns.numbered(drawn_anew))
    seen = ((rows.as_of > campaigns.START) & (rows.treated == 1)).to_numpy(float)
    assert look(rows, seen[:, None], BY).p_value < 1e-6  # nothing excuses it where the arms were drawn anew


def test_a_check_looks_at_no_more_customers_than_told() -> None:
    by = Grading(SETTINGS, EvidenceRules(check_rows=1000), BY.alarm)
    rows = rows_of(campaigns.numbered(campaigns.log(6000, targeting=0.5, logged=False)))
    few, all_ = look(rows, x_of(rows, 6000), by), look(rows, x_of(rows, 6000), BY)
    assert few.standard_error > 1.5 * all_.standard_error
