from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from configs.monitoring import Monitoring
from decisioning.arm_outcomes import ArmOutcomes
from decisioning.lift import lifts
from monitoring.data.findings import findings as of_quality
from monitoring.data.quality import ColumnQuality, Quality
from monitoring.drift.drift import ColumnDrift, DriftResult, Scores
from monitoring.drift.findings import findings as of_drift
from monitoring.drift.size import Size
from monitoring.health.arms import Assigned, check_arms
from monitoring.health.budgets import BudgetUse
from monitoring.health.exploration import Exploration
from monitoring.health.findings import findings as of_health
from monitoring.health.health import Health
from monitoring.health.lift import Compared
from monitoring.health.mix import Mix, Part
from monitoring.intervals import Interval
from monitoring.performance.findings import findings as of_performance
from monitoring.performance.matured import Fit, Performance
from monitoring.site.elements import Finding
from monitoring.skew.findings import findings as of_skew
from monitoring.skew.freshness import Freshness
from monitoring.skew.skew import Comparison, FeatureSkew, Skew
from monitoring.verdict import Verdict, conclude

STEADY = ColumnDrift("purchases__spend", "wasserstein", 0.02, 0.05, 0.1, drifted=False)
MOVED = ColumnDrift("purchases__recency", "wasserstein", 0.4, 0.05, 0.1, drifted=True)
SCORE = replace(MOVED, name="p_churn")
SKIPPED = ColumnDrift("x", "wasserstein", None, None, None, drifted=False, skipped="gone")
SCORES = Scores((0.0, 1.0), (1.0,), (1.0,), 0.1, 0.2)
DRIFT = DriftResult((STEADY, replace(STEADY, name="p_churn")), 5000, 900, 0.05, "evidently/drift.html", SCORES)
SMALL = Size(
    ("purchases__recency",),
    300,
    Interval(0.004, 0.0, 0.01),
    Interval(0.02, 0.0, 0.04),
    Interval(-0.01, -0.02, 0.0),
    0.99,
)
FIT = Fit(Interval(0.8, 0.75, 0.85), Interval(0.1, 0.1, 0.1), Interval(0.3, 0.3, 0.3), 0.02, 0.03, ())
PERFORMANCE = Performance(1200, 1000, 100, 0, 0, None, None, FIT, None)
NOTHING, FALLBACK, DEGRADED = Part("nothing", 1, 0.1), Part("fallback", 0, 0.0), Part("degraded", 0, 0.0)
MIX = Mix(10, 9, (), (), (), (), NOTHING, FALLBACK, DEGRADED, (), (), 0.05, 0, None, ())
HEALTH = Health(0, None, (), None, ())
MONDAY, FRIDAY = datetime(2017, 11, 6, tzinfo=UTC), datetime(2017, 11, 10, tzinfo=UTC)
EXPLORED = Exploration(1000, Interval(0.3, 0.27, 0.33), 0.1, 1e-9, ())
ARMS = check_arms(Assigned(MONDAY, {"policy": 1000, "holdout": 200}, {"policy": 0.9, "holdout": 0.1}))
SPENT = BudgetUse("calls", "contacts", MONDAY, datetime(2017, 11, 13, tzinfo=UTC), 200, 200, current=True, early=True)
ALL = Interval(1.0, 0.99, 1.0)
SPEND = FeatureSkew("purchases__spend", Interval(0.98, 0.96, 0.99), 10, 0, 0, 12.5)
FRESH = Freshness(500, Interval(0.0, 0.0, 0.01), Interval(0.0, 0.0, 0.01), None, ())
SKEW = Skew(900, 500, 0, Comparison(500, ALL, (replace(SPEND, unequal=0),), 0, 0, 0, (), ()), None, FRESH)
COLUMN = ColumnQuality("purchases__spend", 0.1, 0.1, False, (), 0.0, False, 0, False)
QUALITY = Quality((COLUMN,), 900, 0, ())
WAITING = Performance(
    3,
    3,
    1,
    7,
    0,
    datetime(2018, 1, 1, tzinfo=UTC),
    datetime(2018, 2, 1, tzinfo=UTC),
    None,
    "3 outcomes known, 200 needed",
)


def differing(share: float) -> Skew:
    """SKEW, where so much of the vectors differs in spend."""
    return replace(SKEW, comparison=replace(SKEW.comparison, equal=Interval(1 - share, 0.9, 1.0), features=(SPEND,)))


def brought(policy: int, holdout: int) -> Health:
    """Arms of 500 customers each, of whom so many stay."""
    stay = np.repeat([1.0, 0.0, 1.0, 0.0], [policy, 500 - policy, holdout, 500 - holdout])
    outcomes = ArmOutcomes(("policy", "holdout"), np.repeat([0, 1], 500), stay)
    found = lifts(outcomes, None, pairs=[("policy", "holdout")], level=0.95)
    return replace(HEALTH, lifts=(Compared("retention", MONDAY, found),))


def concluded(drift=DRIFT, performance=PERFORMANCE, mix=MIX, quality=QUALITY, health=HEALTH, skew=SKEW) -> Verdict:
    given = Monitoring()
    return conclude(
        [
            *of_drift(drift, given),
            *of_performance(performance, given),
            *of_health(mix, health, given),
            *of_skew(skew, given),
            *of_quality(quality, given),
        ]
    )


def test_all_is_well() -> None:
    verdict = concluded()
    assert (verdict.ok, verdict.headline) == (True, "All is well")
    assert [(f.level, f.what, f.size) for f in verdict.findings] == [
        ("good", "Customers look like those the model learned from.", "2 columns, 900 customers"),
        ("good", "The predicted risks match what happened.",
         "AUC 0.800 (0.750 to 0.850), over 1,200 predictions whose outcome is known"),
        ("good", "Served features are those that training would see.", "500 vectors"),
        ("good", "The data arrives as it did in training.", "1 input"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "level", "what", "size"),
    [
        ({"drift": replace(DRIFT, columns=(MOVED, STEADY))}, "watch",
         "Customers differ from those the model learned from: recency (purchases).",
         "1 of 2 columns; what it does to decisions is not known"),
        ({"drift": replace(DRIFT, columns=(MOVED, STEADY), sizes=(SMALL,))}, "watch",
         "Customers differ from those the model learned from: recency (purchases).",
         "1 of 2 columns; it moves the mean risk by +0.4 points, 2% of decisions, expected profit by -1.0%"),
        ({"drift": replace(DRIFT, columns=(MOVED, STEADY), sizes=(replace(SMALL, moved=Interval(0.2, 0.1, 0.3)),))},
         "act", "Customers differ from those the model learned from: recency (purchases).",
         "1 of 2 columns; it moves the mean risk by +0.4 points, 20% of decisions, expected profit by -1.0%"),
        ({"drift": replace(DRIFT, columns=(SCORE, STEADY))}, "act",
         "The predicted risks have shifted.", "on average 20% now, 10% in training"),
        ({"drift": replace(DRIFT, columns=(SKIPPED,), current_rows=3)}, "wait",
         "Too few customers to compare with the training window.", "3 customers so far, 200 needed"),
        ({"performance": replace(PERFORMANCE, fit=replace(FIT, ece=0.08))}, "act",
         "The predicted risks do not match what happened.",
         "off by 8.0 points on average, over 1,200 predictions whose outcome is known; chance explains 3.0 points"),
        ({"performance": replace(PERFORMANCE, fit=replace(FIT, auc=Interval(0.52, 0.49, 0.55)))}, "act",
         "The ranking of customers by risk is no better than chance.", "AUC 0.520 (0.490 to 0.550)"),
        ({"performance": WAITING}, "wait",
         "Too early to say whether the predictions came true: 3 outcomes known, 200 needed.",
         "7 outcomes due from 1 January 2018 to 1 February 2018"),
        ({"performance": replace(WAITING, waiting=1, all_mature_at=WAITING.next_matures_at)}, "wait",
         "Too early to say whether the predictions came true: 3 outcomes known, 200 needed.",
         "1 outcome due on 1 January 2018"),
        ({"performance": replace(WAITING, waiting=0, next_matures_at=None, all_mature_at=None)}, "wait",
         "Too early to say whether the predictions came true: 3 outcomes known, 200 needed.",
         "no prediction is waiting for its outcome"),
        ({"mix": replace(MIX, decisions=0)}, "watch", "No decision was made in this window.", "0 decisions"),
        ({"mix": replace(MIX, impossible_selection_probabilities=2)}, "act",
         "Decisions were logged with an impossible selection probability.", "2 decisions"),
        ({"mix": replace(MIX, lowest_selection_probability=0.0004)}, "watch",
         "Some actions are chosen too rarely to learn from.", "lowest 0.0004, floor 0.001"),
        ({"mix": replace(MIX, degraded=Part("degraded", 1, 0.1))}, "watch",
         "Decisions were made without something they needed.", "10% of decisions, 1% allowed"),
        ({"health": replace(HEALTH, later=3)}, "watch", "Decisions are dated after the instant of this report.",
         "3 decisions"),
        ({"health": replace(HEALTH, exploration=EXPLORED)}, "act", "Exploration does not come about as it is logged.",
         "30% of 1,000 decisions explored, 10% expected"),
        ({"health": replace(HEALTH, arms=ARMS)}, "act", "Customers are not in the arms in the configured shares.",
         "holdout has 200 where 120 were expected (chi-square p 1.4e-14; a sound assignment fails 0.1% of times)"),
        ({"health": replace(HEALTH, budgets=(SPENT,))}, "watch", "The budget calls is spent early.",
         "200 of 200, nothing more until 13 November 2017"),
        ({"health": replace(HEALTH, budgets=(replace(SPENT, ends=None),))}, "watch", "The budget calls is spent early.",
         "200 of 200, nothing more for good"),
        ({"health": brought(350, 400)}, "act", "Customers of the policy have less retention than those left alone.",
         "-10.0 points a customer (-15.3 points to -4.6 points)"),
        ({"skew": differing(0.02)}, "act",
         "Served features are not those that training would see: spend (purchases).", "10 vectors of 500; 1 feature"),
        ({"skew": differing(0.002)}, "watch",
         "Served features are not those that training would see: spend (purchases).", "1 vector of 500; 1 feature"),
        ({"skew": replace(SKEW, comparison=None, refused="nothing ingested yet")}, "watch",
         "Served features could not be joined again.", "nothing ingested yet"),
        ({"skew": replace(SKEW, comparison=Comparison(0, None, (), 0, 0, 7, (), ()))}, "watch",
         "Of no served vector can be told what it should have been.", "7 vectors"),
        ({"skew": replace(SKEW, freshness=replace(FRESH, stale=Interval(0.5, 0.4, 0.6)))}, "watch",
         "Decisions rest on features that are too old to use.", "50% of 500 vectors, 1% let pass"),
        ({"quality": replace(QUALITY, columns=(replace(COLUMN, gone=True),))}, "act",
         "The model is not getting what it was trained on: spend (purchases).", "1 input"),
        ({"quality": replace(QUALITY, columns=(replace(COLUMN, unreadable=3),))}, "act",
         "The model is not getting what it was trained on: spend (purchases).", "1 input"),
        ({"quality": replace(QUALITY, columns=(replace(COLUMN, unseen=("new",)),))}, "watch",
         "The data arrives differently: spend (purchases).", "1 input"),
        ({"quality": replace(QUALITY, empty=100)}, "watch",
         "Decisions were made for customers about whom nothing is known.", "10% of customers"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_size_and_decides_the_exit(parts, level: str, what: str, size: str) -> None:
    verdict = concluded(**parts)
    first = verdict.findings[0]
    assert (first.level, first.what, first.size) == (level, what, size)
    assert verdict.ok == (level != "act")
    assert bool(first.do) == (level != "wait")


def test_an_error_within_chance_or_too_small_to_matter_is_no_alarm() -> None:
    within_chance = replace(FIT, ece=0.05, ece_by_chance=0.06)
    too_small = replace(FIT, ece=0.02, ece_by_chance=0.01)
    assert all(concluded(performance=replace(PERFORMANCE, fit=fit)).ok for fit in (within_chance, too_small))


def test_a_shift_of_the_risks_too_small_to_matter_is_watched() -> None:
    scores = replace(SCORES, current_mean=0.105)
    found = concluded(drift=replace(DRIFT, columns=(SCORE, STEADY), scores=scores)).findings[0]
    assert (found.level, found.what) == ("watch", "The predicted risks have shifted.")


def test_a_policy_that_brings_something_is_told_and_one_that_may_not_is_not() -> None:
    told = [f for f in concluded(health=brought(400, 350)).findings if f.page == "policy#lift"]
    assert [(f.level, f.what) for f in told] == [
        ("good", "Customers of the policy have more retention than those left alone.")
    ]
    refused = replace(HEALTH, lifts=(Compared("profit", MONDAY, refused="no customer's horizon has passed yet"),))
    assert [f for health in (brought(355, 350), refused) for f in of_health(MIX, health, Monitoring())] == []


def test_a_decision_that_saw_nothing_is_no_skew() -> None:
    away = replace(SKEW, sampled=3, away=3, comparison=None, freshness=None)
    assert list(of_skew(away, Monitoring())) == []


def test_few_rows_are_not_praised() -> None:
    assert "The data arrives as it did in training." not in {
        f.what for f in concluded(quality=replace(QUALITY, rows=1)).findings
    }


@pytest.mark.parametrize(
    ("levels", "headline"),
    [
        (["act"], "1 thing needs action"),
        (["act", "act", "watch", "good"], "2 things need action; 1 thing to watch"),
        (["watch", "wait", "wait"], "Nothing needs action; 1 thing to watch; 2 checks waiting for data"),
        (["good"], "All is well"),
        ([], "All is well"),
    ],
)
def test_headline(levels, headline: str) -> None:
    assert Verdict(tuple(Finding(level, "w", "s", "", "#p") for level in levels)).headline == headline
