"""The page of baskets: what is bought together, and what those who accept an offer also accept and buy."""

from __future__ import annotations

from dataclasses import dataclass

from monitoring import words
from monitoring.baskets.items import ACCEPTED, DAYS, bought, lived
from monitoring.baskets.rules import LEAST, Rules, alongside, together
from monitoring.retention.records import Records
from monitoring.site.elements import Column, Page, Section, Table

MAP = "Map `category` or `categories` of `transactions` to see what is bought together."
MAP_OFFERS = "Map `outcomes` with an offer_id to see what those who accept an offer also accept and buy."
SINGLE = (
    "Every basket holds one category: map `categories` of `transactions`, or the rows of a basket at one instant, to "
    "see what is bought together."
)
CHANCE = (
    "A rule is told where the lower end of its lift is above 1. Of those told, one in twenty at most is expected to be "
    "chance (Benjamini and Hochberg), and one in twenty of their intervals of lift to miss (Benjamini and Yekutieli)."
)


@dataclass(frozen=True)
class Associations:
    """Rules of categories in one basket, and of offers by customer; None where the records cannot tell."""

    categories: Rules | None
    offers: Rules | None


def associations(records: Records) -> Associations:
    """Every figure of the page."""
    sold, taken = bought(records), lived(records)
    return Associations(
        None if sold is None else together(sold, records.few),
        None if taken is None else alongside(taken, records.few),
    )


def page(found: Associations) -> Page:
    """The page as it is read."""
    question = "What is bought together, and what else do those do who accept an offer?"
    return Page("baskets", "Baskets", question, (_categories(found.categories), _offers(found.offers)))


def _categories(found: Rules | None) -> Section:
    title = "Bought together"
    if found is None or not found.several:
        return Section("together", title, lacking=MAP if found is None else SINGLE)
    said = (
        f"Lift is how many times as often the second is in a basket with the first as in all baskets. {_found(found)}",
        "Large baskets hold more of everything, so small lifts say little. None of this shows that recommending the "
        "second sells it.",
    )
    method = (
        f"A basket is what a customer bought at one instant of the last {DAYS} days.{_drawn(found)} Compared are "
        f"categories in {words.percent(LEAST)} of baskets or more and not in most; each pair is told once, from the "
        f"rarer one. {CHANCE} Errors are between customers, as the baskets of one are like each other."
    )
    return Section("together", title, said=said, tables=_table(found, "together", "Bought", "baskets"), method=method)


def _offers(found: Rules | None) -> Section:
    title = "Who accepts an offer"
    if found is None:
        return Section("alongside", title, lacking=MAP_OFFERS)
    said = (
        "Lift is how many times as often those who accepted the first did the second as all customers did. "
        f"{_found(found)}",
        "Who is sent more can accept more, and who buys more buys more of everything. None of this shows that an offer "
        "makes anybody do the second.",
    )
    method = (
        f"Told of customers who bought or accepted anything in the last {DAYS} days.{_drawn(found)} What most of them "
        f"did is not compared. {CHANCE}"
    )
    tables = _table(found, "alongside", "Accepted", "customers")
    return Section("alongside", title, said=said, tables=tables, method=method)


def _found(found: Rules) -> str:
    rules = words.count(found.found, "rule") if found.found else "No rule"
    shown = f"; the {len(found.told)} with the highest lower end are told" if found.found > len(found.told) else ""
    return f"{rules} beyond chance of {words.count(found.pairs, 'pair')} compared{shown}."


def _drawn(found: Rules) -> str:
    """Nothing where all customers were looked at."""
    if found.customers >= found.of:
        return ""
    baskets = f"{found.baskets:,} baskets of " if found.baskets > found.customers else ""
    return f" Looked at are {baskets}{found.customers:,} customers of {found.of:,}, drawn by a digest of their ids."


def _table(found: Rules, name: str, given: str, unit: str) -> tuple[Table, ...]:
    columns = (
        Column(given), Column("Also"), Column("Lift", "number"), Column("Confidence", "share"),
        Column("Support", "share"), Column("Customers", "count"),
    )  # fmt: skip
    rows = tuple(
        (
            rule.given, f"accepted {rule.then}" if rule.verb == ACCEPTED else rule.then, rule.lift, rule.confidence,
            rule.support, rule.customers,
        )
        for rule in found.told
    )  # fmt: skip
    caption = f"Support is the share of {unit} with both, confidence that of those with the first"
    return (Table(name, caption, columns, rows),) if rows else ()
