"""From records to stacked rows: outcomes, weights that give the true effect, and words for what lacks evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from configs.errors import DataError
from configs.training import EffectTraining
from features.contract import CONTROL
from tests.training.effects import campaigns
from training.effects.problem import EffectProblem, contrast, effects, every_action, graded

SETTINGS = EffectTraining()


def grades(problem: EffectProblem) -> dict[str, str]:
    return {offer.offer_id: offer.grade for offer in problem.evidence}


def effect(problem: EffectProblem, offer_id: str) -> tuple[float, float]:
    """The weighted difference of the arms in retention, and its standard error."""
    rows = problem.rows[problem.rows.offer_id == offer_id]
    means, variance = [], 0.0
    for arm in (1, 0):
        own = rows[rows.treated == arm]
        weight, y = own.weight.to_numpy(), own.retention.to_numpy()
        means.append(np.average(y, weights=weight))
        variance += (weight**2 * (y - means[-1]) ** 2).sum() / weight.sum() ** 2
    return means[0] - means[1], float(np.sqrt(variance))


KINDS = [  # targeting, logged -> grade
    (0.0, True, "randomised"),
    (0.0, False, "randomised"),
    (0.8, True, "randomised"),  # the logged propensities differ from customer to customer, and fit
    (0.8, False, "observational"),
]


@pytest.mark.parametrize(("targeting", "logged", "grade"), KINDS)
def test_each_kind_of_log_has_its_grade_and_gives_the_true_effect(targeting: float, logged: bool, grade: str) -> None:
    log = campaigns.log(6000, targeting=targeting, logged=logged, seed=5)
    problem = effects(campaigns.past(log, seed=5), SETTINGS)
    assert grades(problem) == {"call": grade, "mail": grade}
    for offer_id, truth in campaigns.EFFECT.items():
        estimate, error = effect(problem, offer_id)
        assert abs(estimate - truth) < 3 * error  # the effect is the same for everybody: weights that balance suffice
    naive = log.groupby("offer_id").retention.mean()
    bias = naive["call"] - naive[CONTROL] - campaigns.EFFECT["call"]
    assert (abs(bias) > 0.08) == (targeting > 0)  # without weights it would have been wrong


def test_rows_are_what_learners_need() -> None:
    problem = effects(campaigns.past(campaigns.log(900, waves=2)), SETTINGS)
    rows, log = problem.rows, problem.log
    assert problem.features == ("channel", *campaigns.FEATURES)
    assert set(rows) == {
        *problem.features, "customer_id", "as_of", "closes_at", "offer_id", "offer_kind", "treated", "share", "weight",
        "log_row", "retention", "margin", "accepted", "fold", "stratum",
    }  # fmt: skip
    assert (log.customer_id.iloc[rows.log_row].to_numpy() == rows.customer_id.to_numpy()).all()
    assert (log.as_of.iloc[rows.log_row].to_numpy() == rows.as_of.to_numpy()).all()
    assert (log.retention.iloc[rows.log_row].to_numpy() == rows.retention.to_numpy()).all()
    assert set(rows.offer_id) == {"mail", "call"}
    assert rows.groupby("log_row").weight.sum().to_numpy() == pytest.approx(1.0)
    assert rows.groupby("customer_id").fold.nunique().max() == 1
    assert sorted(rows.fold.unique()) == list(range(SETTINGS.folds))
    assert log.propensity.to_numpy() == pytest.approx(1 / 3)
    assert (log.wave == log.as_of).all()
    assert set(rows.channel) == {"email"}


def test_margin_and_retention_are_those_of_the_window() -> None:
    log = campaigns.log(900)
    problem = effects(campaigns.past(log), SETTINGS)
    truth = problem.log.customer_id.map(log.set_index("customer_id").retention)
    assert problem.log.retention.tolist() == truth.tolist()
    assert (problem.log.margin == 10 * problem.log.retention).all()


def test_a_contrast_has_the_rows_whose_target_is_known() -> None:
    problem = effects(campaigns.past(campaigns.log(900)), SETTINGS)
    unknown = problem.rows.assign(margin=problem.rows.margin.where(problem.rows.log_row % 2 == 0))
    some = replace(problem, rows=unknown)
    z = np.arange(len(unknown) * 2.0).reshape(-1, 2)
    made = contrast(some, "margin", z, np.array([1]))
    assert len(made.outcome) == int(unknown.margin.notna().sum())
    assert not np.isnan(made.outcome).any()
    assert made.z.tolist() == z[unknown.margin.notna()].tolist()
    assert (made.target, made.for_trees.tolist(), made.binary) == ("margin", [1], False)
    assert len(contrast(some, "retention", z, np.array([1])).outcome) == len(unknown)
    customers = unknown.customer_id[unknown.margin.notna()]
    assert (pd.Series(made.group).groupby(customers.to_numpy()).nunique() == 1).all()
    assert len(np.unique(made.group)) == customers.nunique()


def test_every_action_is_each_log_row_with_each_action_of_its_wave() -> None:
    past = campaigns.past(campaigns.log(900))
    problem = effects(past, SETTINGS)
    pairs = every_action(past, problem, 200)
    assert len(pairs) == 200
    assert pairs.groupby("log_row").size().unique().tolist() == [2]
    assert set(zip(pairs.offer_id, pairs.channel, strict=True)) == {("mail", "email"), ("call", "email")}
    assert {*problem.features, "fold", "customer_id", "as_of", "offer_kind"} <= set(pairs)
    folds = problem.rows.set_index("customer_id").fold.to_dict()
    assert (pairs.customer_id.map(folds) == pairs.fold).all()
    assert (problem.log.customer_id.iloc[pairs.log_row].to_numpy() == pairs.customer_id.to_numpy()).all()
    assert every_action(past, problem, 200).log_row.tolist() == pairs.log_row.tolist()
    assert len(every_action(past, problem, 10_000)) == 2 * len(problem.log)


def test_the_fingerprint_is_of_content_not_order() -> None:
    problem = effects(campaigns.past(campaigns.log(900)), SETTINGS)
    shuffled = replace(problem, rows=problem.rows.sample(frac=1, random_state=0))
    changed = replace(problem, rows=problem.rows.assign(retention=0.0))
    assert shuffled.fingerprint() == problem.fingerprint() != changed.fingerprint()
    again = effects(campaigns.past(campaigns.log(900)), SETTINGS)
    assert again.fingerprint() == problem.fingerprint()


def test_an_arm_with_twelve_rows_is_refused_and_the_others_are_not() -> None:
    log = campaigns.log(4000, logged=False)
    small = log.index[log.offer_id == "call"]
    problem = effects(campaigns.past(log.drop(index=small[12:]), people=4000), SETTINGS)
    [call] = [offer for offer in problem.evidence if offer.offer_id == "call"]
    assert (call.grade, call.treated) == ("none", 12)
    assert "12 treated and" in call.why
    assert "at least 100 of each are needed; 88 more treated customers, drawn at random, would do" in call.why
    assert set(problem.rows.offer_id) == {"mail"}
    assert set(problem.log.offer_id) == {"mail", CONTROL}
    frequency = problem.log.offer_id.value_counts(normalize=True)
    assert problem.log.propensity.to_numpy() == pytest.approx(problem.log.offer_id.map(frequency).to_numpy())


def test_without_controls_nothing_has_evidence() -> None:
    log = campaigns.log(900, logged=False)
    with pytest.raises(DataError, match="effects: no evidence for any of 2 offers") as raised:
        effects(campaigns.past(log[log.offer_id != CONTROL], people=900), SETTINGS)
    assert all("no control group" in line and "leave a random 10%" in line for line in raised.value.details)
    assert graded(campaigns.past(log[log.offer_id != CONTROL], people=900), SETTINGS).rows.empty


def test_a_campaign_that_chose_too_well_is_refused() -> None:
    log = campaigns.log(3000, targeting=6.0, logged=False)
    with pytest.raises(DataError, match="no evidence") as raised:
        effects(campaigns.past(log), SETTINGS)
    assert "mail: no overlap: who got it can be told (AUC 0.9" in "".join(raised.value.details)


IMPOSSIBLE = [  # propensities by offer -> message
    ({"mail": 0.0}, r"mail, wave of 2024-01-01 00:00: \d+ propensities outside \(0, 1\]: 0"),
    ({"mail": 1.2}, r"mail, wave of 2024-01-01 00:00: \d+ propensities outside \(0, 1\]: 1.2"),
    ({"mail": 0.5, "call": 0.5, CONTROL: 0.5}, "propensities sum to 1.5, not to 1: call 0.5, control 0.5, mail 0.5"),
    ({"mail": 0.2, "call": 0.2, CONTROL: 0.2}, r"propensities sum to 0.6, not to 1.*is an arm missing\?"),
]


@pytest.mark.parametrize(("promised", "message"), IMPOSSIBLE)
def test_propensities_that_cannot_be_are_named(promised: dict[str, float], message: str) -> None:
    log = campaigns.log(900)
    log["propensity"] = log.offer_id.map(promised).fillna(log.propensity)
    with pytest.raises(DataError, match=message):
        effects(campaigns.past(log), SETTINGS)


def test_windows_still_open_are_waited_for() -> None:
    log = campaigns.log(900)
    later = log.assign(as_of=campaigns.NOW - pd.Timedelta(days=3))
    with pytest.raises(DataError, match=r"no treatment has matured by 2024-04-10 \(900 are still open\)"):
        effects(campaigns.past(later), SETTINGS)
    problem = effects(campaigns.past(pd.concat([log, later], ignore_index=True)), SETTINGS)
    assert (problem.censored, len(problem.log)) == (900, 900)
    assert "900 treatments are left out: their window is still open" in problem.warnings


def test_treatments_that_come_again_are_allowed_and_overlapping_windows_told() -> None:
    log = campaigns.log(900, waves=3)
    apart = effects(campaigns.past(log), SETTINGS)
    assert (len(apart.log), apart.warnings) == (2700, ())
    close = log.assign(as_of=campaigns.START + (log.as_of - campaigns.START) / 2)
    [warning] = effects(campaigns.past(close), SETTINGS).warnings
    assert warning.startswith("1,800 treatments of 900 customers came while the window of an earlier one was open")


def test_an_experiment_beside_a_campaign_is_compared_within_itself() -> None:
    """At one instant some customers are drawn at random and logged; a manager chooses among the others."""
    drawn = campaigns.log(900)
    chosen = campaigns.log(900, targeting=6.0, logged=False, seed=1)
    chosen["customer_id"] = "m" + chosen.customer_id
    both = pd.concat([drawn, chosen], ignore_index=True)
    past = campaigns.past(both)
    known = campaigns.customers(900)
    others = campaigns.customers(900, 1).assign(customer_id=lambda frame: "m" + frame.customer_id)
    store = campaigns.FakeStore(pd.concat([known, others]))
    problem = effects(replace(past, store=store), SETTINGS)  # type: ignore[arg-type]
    assert grades(problem) == {"call": "randomised", "mail": "randomised"}
    assert set(problem.log.customer_id) == set(drawn.customer_id)
    assert any("900 of 1,800 treatments take no part" in warning for warning in problem.warnings)
