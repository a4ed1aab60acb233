"""The return on retention spend as the value page tells it, or why it does not."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from decisioning.arm_outcomes import ArmOutcomes
from decisioning.lift import lifts
from decisioning.returns import returns
from monitoring.health.lift import Compared
from monitoring.intervals import Interval
from monitoring.retention import value_page
from monitoring.retention.spending import profit_of, section

SINCE = datetime(2024, 1, 1, tzinfo=UTC)
REFUSED = Compared("profit", SINCE, refused="no customer's horizon has passed yet: the first does on 2024-03-01")


def compared(spend: float = 1.0, held_out: int = 200) -> Compared:
    """The policy brings 2 more a customer; a measuring arm of 50 is too small to tell."""
    rng = np.random.default_rng(7)
    arm = np.repeat([0, 1, 2], [400, held_out, 50])
    spent = np.where(arm == 1, 0.0, spend * rng.choice([0.5, 1.5], len(arm)))
    margin = rng.normal(10.0, 1.0, len(arm)) + 2.0 * (arm == 0)
    outcomes = ArmOutcomes(("policy", "holdout", "random"), arm, margin - spent)
    found = lifts(outcomes, None, pairs=[("policy", "holdout"), ("random", "holdout")], level=0.95)
    last = datetime(2024, 2, 1, tzinfo=UTC)
    refused = "; ".join(dict.fromkeys(line for one in found.lifts for line in one.refused))
    back = returns(outcomes, spent, found)
    return Compared("profit", SINCE, found, SINCE, last, refused=refused or None, returns=back)


def test_the_return_stands_with_its_interval_and_its_evidence() -> None:
    told = section(compared(), "EUR")
    back, margin, spent = told.measures
    assert isinstance(back.value, Interval)
    assert isinstance(margin.value, Interval)
    assert isinstance(spent.value, Interval)
    assert back.value.value == pytest.approx((margin.value.value - spent.value.value) / spent.value.value)
    assert back.value.low < 1.0 < back.value.high  # 2 for 1
    assert (back.of, spent.of, told.lacking) == (600, 400, None)
    assert "Evidence: randomised" in told.said[0]
    assert "1 January 2024 to 1 February 2024" in told.method


def test_an_arm_too_small_to_tell_keeps_its_row_and_its_reason() -> None:
    found = section(compared(), "EUR")
    [table] = found.tables
    assert [(row[0], row[1]) for row in table.rows] == [("policy", 400), ("random", 50)]
    assert table.rows[1][2:] == (None, None, None)
    assert "Random: random has 50 customers whose outcome is known; at least 100 are needed." in found.said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "No arms were compared: it takes decisions, some of them held out."),
        (REFUSED, "Not told: no customer's horizon has passed yet: the first does on 2024-03-01."),
        (compared(held_out=20), "Not told: holdout has 20 customers whose outcome is known; at least 100 are needed."),
        (compared(spend=0.0), "Not told: what policy spent is not clearly more than nothing."),
    ],
    ids=["nothing compared", "not matured", "no holdout", "nothing spent"],
)
def test_what_is_missing_is_one_line(given: Compared | None, said: str) -> None:
    told = section(given, "EUR")
    assert (told.lacking, told.measures, told.tables) == (said, (), ())


def test_it_is_on_the_value_page_whatever_else_is_told() -> None:
    found = value_page.page(None, "EUR", compared())
    assert [one.name for one in found.sections] == ["worth", "spending"]


def test_it_is_of_profit_and_of_nothing_else() -> None:
    retention = Compared("retention", SINCE)
    assert profit_of([retention, REFUSED]) is REFUSED
    assert profit_of([retention]) is None
