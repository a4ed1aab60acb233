"""The value page: what customers are worth, and what keeping more of them would be."""

from __future__ import annotations

from monitoring.health.lift import Compared
from monitoring.intervals import Interval
from monitoring.retention.spending import section as spending
from monitoring.retention.worth import Worth
from monitoring.site.elements import Measure, Page, Section

MAP = "Map `transactions` with amounts, or `subscriptions` with a price, to see what customers are worth."


def page(found: Worth | None, currency: str, profit: Compared | None = None) -> Page:
    """The page as it is read; `profit` is what the arms brought, where they were compared."""
    title, question = "Value", "What is a customer worth, and what would keeping more of them bring?"
    spent = spending(profit, currency)
    if found is None:
        return Page("value", title, question, (Section("worth", "What a customer is worth", lacking=MAP), spent))
    many = "customers there at the beginning of the horizon"
    measures = (
        _money("Margin", found, found.horizon, f"Mean over {found.horizon_days} days, in {currency}.", many),
        _money(
            "Customer lifetime value, one year", found, found.year,
            f"Expected margin of the coming year, in {currency}: each horizon keeps the measured share.", many,
        ),
    )  # fmt: skip
    more = _money(
        "Five points more retention", found, found.more,
        f"What a year would bring on top, in {currency} per customer, if each horizon kept five points more.", many,
    )  # fmt: skip
    total = found.more_in_all
    said = (
        f"For all {found.customers:,} customers together that is {total.value:,.0f} {currency} a year "
        f"({total.low:,.0f} to {total.high:,.0f}).",
        "It is reckoned from today's margin and retention; no experiment has shown that it can be reached.",
    )
    method = (
        "A year's value is m (1 + r + r² + ...) with m the mean margin of a horizon and r the retention rate, over as "
        "many horizons as a year has, not discounted. Intervals hold the errors of both."
    )
    return Page(
        "value", title, question,
        (
            Section("worth", "What a customer is worth", measures=measures, method=method),
            Section("more", "What five points more would bring", said=said, measures=(more,)),
            spent,
        ),
    )  # fmt: skip


def _money(name: str, found: Worth, told: Interval, definition: str, denominator: str) -> Measure:
    return Measure(name, told, "money", definition, denominator, found.customers)
