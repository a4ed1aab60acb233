from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from decisioning.budgets import MONDAY, Budget
from decisioning.exploration import Exploration
from monitoring.health.budgets import budget_use
from monitoring.health.rules import Ruled, ruled
from tests.serving.fakes import rules

WEEK = datetime(2017, 11, 6, tzinfo=UTC)  # a Monday
NOW, AFTER = WEEK + timedelta(days=2), WEEK - timedelta(days=12)
MONEY = Budget("money", "money", 500.0, 7)
UNITS = Budget("capacity of o1", "units", 40)


def under(*budgets: Budget) -> Ruled:
    return Ruled("1", Exploration(), budgets)


def weeks(back: int) -> datetime:
    return WEEK - timedelta(weeks=back)


def test_every_period_of_the_window_is_told_the_present_one_first() -> None:
    used = [("money", weeks(back), 1_000_000 * (100 + back)) for back in range(4)]
    found = budget_use([under(MONEY)], [*used, ("gone", WEEK, 5)], after=AFTER, now=NOW)
    assert [(one.begins, one.ends, one.used, one.share, one.current) for one in found] == [
        (weeks(0), weeks(-1), 100.0, 0.2, True),
        (weeks(1), weeks(0), 101.0, 0.202, False),
        (weeks(2), weeks(1), 102.0, 0.204, False),
    ]


def test_what_was_not_used_yet_is_told_too() -> None:
    [found] = budget_use([under(MONEY)], [], after=AFTER, now=NOW)
    assert (found.begins, found.used, found.share, found.early) == (WEEK, 0.0, 0.0, False)


def test_what_is_for_ever_has_no_end() -> None:
    [found] = budget_use([under(UNITS)], [(UNITS.name, MONDAY, 40_000_000)], after=AFTER, now=NOW)
    assert (found.of, found.begins, found.ends, found.share, found.early) == ("units", MONDAY, None, 1.0, True)


def test_the_limit_is_the_one_stated_last() -> None:
    raised = Budget("money", "money", 800.0, 7)
    [found] = budget_use([under(raised), under(MONEY)], [], after=AFTER, now=NOW)
    assert found.limit == 800.0


@pytest.mark.parametrize(
    ("used", "days", "early"),
    [(500.0, 2, True), (499.0, 2, False), (500.0, 6, False), (600.0, 2, True), (499.9999, 2, True)],
)
def test_spent_early_is_spent_with_a_quarter_to_come(used: float, days: float, early: bool) -> None:
    now = WEEK + timedelta(days=days)
    [found] = budget_use([under(MONEY)], [("money", WEEK, round(used * 1e6))], after=WEEK, now=now)
    assert found.early is early


def test_a_limit_of_nothing_is_used_up() -> None:
    [found] = budget_use([under(Budget("none", "contacts", 0.0, 7))], [], after=AFTER, now=NOW)
    assert (found.share, found.early) == (1.0, True)


def test_rules_are_read_from_the_ledgers_documents() -> None:
    policy = rules(version="7", budgets=[{"name": "calls", "of": "contacts", "limit": 9, "channel": "phone"}])
    offers = [{"offer_id": "o1", "capacity": 40, "name": "n", "kind": "k", "cost": 1, "value": 2}, {"offer_id": "o2"}]
    documents = [(policy.model_dump_json(), json.dumps({"offers": offers})), ("{}", "{}"), ('{"version": 1}', "{}")]
    [found] = ruled(documents)
    assert (found.version, [one.name for one in found.budgets]) == ("7", ["calls", "capacity of o1"])
