from __future__ import annotations

import pandas as pd
import pytest

from monitoring.health.mix import Mix, Part, describe
from monitoring.inputs import Answers

COLUMNS = ["decision_id", "customer_id", "arm", "offer_id", "channel", "selection_probability", "degraded"]
DECISIONS = pd.DataFrame(
    [
        ("d1", "c1", "policy", "A", "email", 0.9, []),
        ("d2", "c1", "policy", "A", "sms", 0.9, ["features"]),
        ("d3", "c2", "policy", "B", "email", 0.05, ["features", "churn_model"]),
        ("d4", "c3", "policy", None, None, 0.9, []),
        ("d5", "c4", "holdout", None, None, 1.0, []),
    ],
    columns=COLUMNS,
)
OUTCOMES = pd.DataFrame(
    [("d1", "viewed"), ("d1", "accepted"), ("d1", "converted"), ("d3", "declined"), ("d4", "accepted")],
    columns=["decision_id", "kind"],
)

ANSWERS = Answers({"consent": 3, "contact_cap": 1, "validity": 0}, frozenset({"d3", "d5"}))
NO_ANSWERS = Answers({}, frozenset())


@pytest.fixture
def mix() -> Mix:
    return describe(DECISIONS, OUTCOMES, ANSWERS, {"A": "voucher"}, few=1)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("arms", (("policy", 4, 0.8), ("holdout", 1, 0.2))),
        ("offers", (("A", 2, 0.5), ("B", 1, 0.25))),
        ("kinds", (("voucher", 2, 0.5), ("unknown", 1, 0.25))),
        ("channels", (("email", 2, 0.5), ("sms", 1, 0.25))),
        ("degraded_parts", (("features", 2, 0.4), ("churn_model", 1, 0.2))),
        ("filters", (("consent", 3, 0.75), ("contact_cap", 1, 0.25), ("validity", 0, 0.0))),
    ],
)
def test_parts_are_counted_by_hand(mix: Mix, field: str, expected: tuple[tuple[str, int, float], ...]) -> None:
    assert getattr(mix, field) == tuple(Part(*part) for part in expected)


def test_wholes(mix: Mix) -> None:
    assert (mix.decisions, mix.customers) == (5, 4)
    assert mix.nothing == Part("nothing", 1, 0.25)  # the holdout is not the policy's choice
    assert mix.fallback == Part("fallback", 1, 0.25)  # nor has it a fallback
    assert mix.degraded == Part("degraded", 2, 0.4)
    assert sum(part.share for part in (*mix.offers, mix.nothing)) == 1


def test_an_offer_is_accepted_once_however_many_outcomes_say_so(mix: Mix) -> None:
    assert [(t.offer_id, t.made, t.accepted) for t in mix.accepted_by_offer] == [("A", 2, 1), ("B", 1, 0)]
    assert (mix.accepted.made, mix.accepted.accepted) == (3, 1)
    assert mix.accepted.rate.value == pytest.approx(1 / 3)


def test_what_few_customers_made_of_an_offer_is_not_told_nor_to_be_found_from_the_others() -> None:
    mix = describe(DECISIONS, OUTCOMES, ANSWERS, {}, few=2)
    assert [(one.offer_id, one.made, one.accepted, one.rate) for one in mix.accepted_by_offer] == [
        ("A", 2, None, None),
        ("B", 1, None, None),
    ]
    assert mix.accepted.accepted == 1
    assert describe(DECISIONS, OUTCOMES, ANSWERS, {}, few=9).accepted.rate is None


@pytest.mark.parametrize(
    ("probabilities", "lowest", "impossible"),
    [
        ([0.9, 0.9, 0.05, 0.9, 1.0], 0.05, 0),
        ([0.9, 0.0, 1.2, -1.0, 1.0], 0.9, 3),
        ([float("nan")] * 5, None, 5),
    ],
)
def test_selection_probabilities(probabilities: list[float], lowest: float | None, impossible: int) -> None:
    mix = describe(DECISIONS.assign(selection_probability=probabilities), OUTCOMES, NO_ANSWERS, {}, few=1)
    assert (mix.lowest_selection_probability, mix.impossible_selection_probabilities) == (lowest, impossible)


def test_an_empty_window_has_empty_parts() -> None:
    mix = describe(DECISIONS.head(0), OUTCOMES.head(0), NO_ANSWERS, {}, few=1)
    assert (mix.decisions, mix.arms, mix.offers, mix.accepted, mix.accepted_by_offer) == (0, (), (), None, ())
    assert (mix.nothing.share, mix.degraded.share, mix.lowest_selection_probability) == (0.0, 0.0, None)


def test_one_decision(mix: Mix) -> None:
    one = describe(DECISIONS.head(1), OUTCOMES, NO_ANSWERS, {}, few=1)
    assert (one.accepted.rate.value, one.nothing.share) == (1.0, 0.0)
    assert one.accepted.rate.low == pytest.approx(0.2065, abs=5e-5)
