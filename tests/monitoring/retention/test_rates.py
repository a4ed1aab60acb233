from __future__ import annotations

import pytest

from monitoring.retention.rates import rates

PEOPLE = ("customer_id signed_up_at", [(one, "2024-01-01") for one in "abcd"])


def bought(**days: str) -> tuple[str, list[tuple[object, ...]]]:
    rows = [(one, day, 10.0, None) for one, told in days.items() for day in told.split()]
    return "customer_id occurred_at amount margin", rows


def test_who_was_there_and_came_again_is_kept(records) -> None:
    """On 1 October a, b and c were active in the 30 days before; a and b came again within 30 days."""
    sales = bought(a="2024-09-10 2024-10-05", b="2024-09-20 2024-10-31", c="2024-09-30", d="2024-06-01")
    told = {f"{one.as_of:%m}": one.kept for one in rates(records(customers=PEOPLE, transactions=sales)).months}
    assert (told["10"].count, told["10"].of) == (2, 3)
    assert told["10"].share.value == pytest.approx(2 / 3)
    assert told["10"].share.low < 2 / 3 < told["10"].share.high


def test_a_month_whose_horizon_is_open_is_not_told(records) -> None:
    sales = bought(a="2024-10-01 2024-11-20 2024-12-20", b="2024-11-25")
    months = [f"{one.as_of:%Y-%m}" for one in rates(records(customers=PEOPLE, transactions=sales)).months]
    assert months == ["2024-12"]  # 30 days before 31 December; November and October had nobody at risk before them


def test_a_share_of_too_few_is_not_told(records) -> None:
    sales = bought(a="2024-09-10 2024-10-05", b="2024-09-20 2024-10-31", c="2024-09-30")
    found = rates(records(customers=PEOPLE, transactions=sales, few=4))
    assert [one.kept.share for one in found.months if one.kept.of] == [None] * len(found.months)


def test_renewals_are_those_that_outcomes_tell(records) -> None:
    outcomes = (
        "customer_id occurred_at kind",
        [("a", "2024-05-01", "renewed"), ("b", "2024-05-01", "churned"), ("c", "2024-05-02", "renewed"),
         ("d", "2022-05-02", "renewed"), ("d", "2024-05-02", "viewed")],
    )  # fmt: skip
    found = rates(records(customers=PEOPLE, transactions=bought(a="2024-09-10"), outcomes=outcomes)).renewed
    assert (found.count, found.of) == (2, 3)
    assert rates(records(customers=PEOPLE, transactions=bought(a="2024-09-10"))).renewed is None


def test_a_second_purchase_counts_within_the_horizon(records) -> None:
    """Of four first purchases, two are followed within 30 days; d's first is too late to know."""
    sales = bought(a="2024-02-01 2024-02-20", b="2024-02-01 2024-05-01", c="2024-03-01 2024-03-02", d="2024-12-20")
    earliest = ("customer_id occurred_at amount margin", [("z", "2024-01-01", 1.0, None), *sales[1]])
    found = rates(records(customers=PEOPLE, transactions=earliest)).repeated
    assert (found.count, found.of) == (2, 3)


def test_a_label_for_one_instant_gives_one_rate(records) -> None:
    labels = ("customer_id churned", [("a", True), ("b", False), ("c", False), ("d", False)])
    (only,) = rates(records("label", customers=PEOPLE, transactions=bought(a="2024-09-10"), labels=labels)).months
    assert (only.kept.count, only.kept.of) == (3, 4)
