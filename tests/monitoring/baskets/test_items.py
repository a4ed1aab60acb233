from __future__ import annotations

from dataclasses import replace

import pytest

from features.tables import Opened
from monitoring.baskets.items import Baskets, bought, lived
from monitoring.retention.records import Records

PEOPLE = ("customer_id signed_up_at", [(one, "2024-01-01") for one in "abcdef"])
SOLD = "customer_id occurred_at amount category"
# a buys bread and jam at once and bread again; b a tea; c something a year and more ago, d something unknown.
SALES = (
    SOLD,
    [("a", "2024-05-01", 1.0, "bread"), ("a", "2024-05-01", 2.0, "jam"), ("a", "2024-05-01", 2.0, "jam"),
     ("a", "2024-06-01", 1.0, "bread"), ("b", "2024-05-01", 1.0, "tea"), ("c", "2023-05-01", 1.0, "tea"),
     ("d", "2024-05-01", 1.0, None)],
)  # fmt: skip
ACCEPTED = (
    "customer_id occurred_at kind offer_id",
    [("a", "2024-05-02", "accepted", "x"), ("a", "2024-05-09", "accepted", "x"), ("b", "2024-05-02", "converted", "y"),
     ("b", "2024-05-02", "viewed", "x"), ("c", "2024-05-02", "accepted", "control"),
     ("d", "2022-05-02", "accepted", "x")],
)  # fmt: skip


def told(found: Baskets) -> list[tuple[int, set[str]]]:
    """Customer and items of each basket."""
    rows = found.held.toarray() > 0
    return [
        (int(one), {found.names[at] for at in row.nonzero()[0]}) for one, row in zip(found.customers, rows, strict=True)
    ]


def listed(made: Records) -> Records:
    """The same with `categories`, where a category of several is written with bars."""
    sales = made.opened.tables["transactions"]
    sales = sales.mutate(categories=sales.category.contains("|").ifelse(sales.category.split("|"), None))
    tables = {**made.opened.tables, "transactions": sales}
    return replace(made, opened=Opened(made.opened.backend, tables))


def test_a_basket_is_what_was_bought_at_one_instant_of_the_year(records) -> None:
    found = bought(records(customers=PEOPLE, transactions=SALES))
    assert told(found) == [(0, {"bread", "jam"}), (0, {"bread"}), (1, {"tea"})]
    assert found.held.max() == 1
    assert found.of == 2


def test_listed_categories_go_before_one(records) -> None:
    sales = (SOLD, [("a", "2024-05-01", 1.0, "bread|jam||bread"), ("b", "2024-05-01", 1.0, "tea")])
    found = bought(listed(records(customers=PEOPLE, transactions=sales)))
    assert told(found) == [(0, {"bread", "jam"}), (1, {"tea"})]


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"transactions": ("customer_id occurred_at amount", [("a", "2024-05-01", 1.0)])},
        {"transactions": (SOLD, [("a", "2024-05-01", 1.0, None)])},
    ],
)
def test_without_categories_there_are_no_baskets(records, tables: dict[str, object]) -> None:
    assert bought(records(customers=PEOPLE, **tables)) is None


def test_a_customers_year_is_what_they_accepted_and_bought(records) -> None:
    """x is told by its name, y has none; what c accepted is no offer, and d's was too long ago."""
    offers = ("offer_id name kind", [("x", "Ten off", "discount"), ("y", None, "gift")])
    found = lived(records(customers=PEOPLE, transactions=SALES, outcomes=ACCEPTED, offers=offers))
    assert told(found) == [(0, {"Ten off", "bread", "jam"}), (1, {"y", "tea"})]
    assert dict(zip(found.names, found.verbs, strict=True)) == {
        "Ten off": "accepted", "y": "accepted", "bread": "bought", "jam": "bought", "tea": "bought",
    }  # fmt: skip


def test_acceptances_alone_make_a_year(records) -> None:
    found = lived(records(customers=PEOPLE, outcomes=ACCEPTED))
    assert told(found) == [(0, {"x"}), (1, {"y"})]


def test_without_acceptances_there_is_no_year(records) -> None:
    viewed = (ACCEPTED[0], [("a", "2024-05-02", "viewed", "x")])
    assert lived(records(customers=PEOPLE, transactions=SALES)) is None
    assert lived(records(customers=PEOPLE, transactions=SALES, outcomes=viewed)) is None


def test_at_most_so_many_baskets_of_whole_customers_are_drawn_and_the_same_ones_again(records) -> None:
    """Thirty customers with four baskets each: of 50 baskets, twelve customers' fit."""
    rows = [(f"c{one}", f"2024-05-{day:02d}", 1.0, "tea") for one in range(30) for day in (1, 2, 3, 4)]
    made = records(customers=PEOPLE, transactions=(SOLD, rows))
    found, again = (bought(made, most=50) for _ in range(2))
    assert (found.held.shape[0], found.customers.max() + 1, found.of) == (48, 12, 30)
    assert (found.held != again.held).nnz == 0
    assert bought(made).held.shape[0] == 120
