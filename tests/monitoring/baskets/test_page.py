from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from monitoring.baskets.page import Associations, associations, page
from monitoring.site.elements import Page

PEOPLE = ("customer_id signed_up_at", [("a", "2024-01-01")])
SOLD = "customer_id occurred_at amount category"
# Of 60 customers, 20 buy bread and 15 of them jam with it, as one more does; all others buy tea. The 20 accept x.
SALES = (
    SOLD,
    [(f"c{one}", "2024-05-01", 1.0, "bread" if one < 20 else "tea") for one in range(60)]
    + [(f"c{one}", "2024-05-01", 1.0, "jam") for one in range(5, 21)],
)
ACCEPTED = ("customer_id occurred_at kind offer_id", [(f"c{one}", "2024-05-02", "accepted", "x") for one in range(20)])


def texts(told: Page) -> str:
    return " ".join(
        text for section in told.sections for text in (*section.said, section.method, section.lacking or "")
    )


def found(records, **tables: object) -> Associations:
    return associations(records(few=5, customers=PEOPLE, **tables))


def test_rules_are_told_with_what_they_do_not_show(records) -> None:
    told = page(found(records, transactions=SALES, outcomes=ACCEPTED))
    assert (told.name, told.title) == ("baskets", "Baskets")
    sold, accepted = told.tables
    assert [row[:2] for row in sold.rows] == [("jam", "bread")]
    assert {row[:2] for row in accepted.rows} == {("x", "bread"), ("x", "jam")}
    assert "1 rule beyond chance of 1 pair compared." in texts(told)
    assert "Benjamini and Hochberg" in texts(told)
    assert "None of this shows" in texts(told)
    assert "drawn by a digest" not in texts(told)


def test_an_offer_is_told_as_accepted(records) -> None:
    both = (ACCEPTED[0], [*ACCEPTED[1], *((f"c{one}", "2024-05-03", "accepted", "y") for one in range(12))])
    rows = page(found(records, outcomes=both, transactions=SALES)).tables[1].rows
    assert ("y", "accepted x") in {row[:2] for row in rows}


def test_a_draw_is_said(records) -> None:
    told = found(records, transactions=SALES, outcomes=ACCEPTED)
    drawn = Associations(replace(told.categories, of=9000), replace(told.offers, of=8000))
    assert "Looked at are 60 customers of 9,000, drawn by a digest of their ids." in texts(page(drawn))
    assert "Looked at are 60 customers of 8,000, drawn by a digest of their ids." in texts(page(drawn))


@pytest.mark.parametrize(
    ("tables", "lacking"),
    [
        ({}, ["Map `category` or `categories`", "Map `outcomes`"]),
        (
            {"transactions": (SOLD, [("a", "2024-05-01", 1.0, None)])},
            ["Map `category` or `categories`", "Map `outcomes`"],
        ),
        ({"transactions": ("customer_id occurred_at amount", [("a", "2024-05-01", 1.0)])}, ["Map `category`"]),
        ({"transactions": (SOLD, [("a", "2024-05-01", 1.0, "tea")])}, ["Every basket holds one category"]),
    ],
)
def test_what_is_lacking_is_said(records, tables: dict[str, object], lacking: list[str]) -> None:
    told = texts(page(found(records, **tables)))
    assert all(one in told for one in lacking)


def test_the_facts_are_told_to_machines(records) -> None:
    adapter = TypeAdapter(Associations)
    told = found(records, transactions=SALES, outcomes=ACCEPTED)
    assert adapter.validate_json(adapter.dump_json(told)) == told
