"""Return on retention spend: what comes back of what offers and contacts cost, told on the value page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from decisioning.returns import Return
from monitoring import words
from monitoring.health.lift import EVIDENCE, Compared, interval, notes
from monitoring.site.elements import Cell, Column, Measure, Section, Table

NAME, TITLE = "spending", "What comes back of what is spent"
POLICY = "policy"


def profit_of(lifts: Sequence[Compared]) -> Compared | None:
    """The comparison of arms on profit, where one was asked for."""
    return next((one for one in lifts if one.outcome == "profit"), None)


def section(compared: Compared | None, currency: str) -> Section:
    """The return of the policy, and of every arm that treats, against customers left alone."""
    if compared is None:
        return Section(NAME, TITLE, lacking="No arms were compared: it takes decisions, some of them held out.")
    policy = next((one for one in compared.returns if one.arm == POLICY), None)
    if policy is None:
        return Section(NAME, TITLE, lacking=f"Not told: {compared.refused or 'nobody was left alone'}.")
    if policy.value is None:
        return Section(NAME, TITLE, lacking=f"Not told: {'; '.join(policy.refused)}.")
    said = (
        "0% means that exactly what was spent came back, 100% that it came back twice, -100% that nothing did. "
        f"Evidence: {EVIDENCE}, as a hash decides who is left alone.",
        *_notes(compared.returns),
    )
    method = (
        f"From the same comparison as `tenure lift --outcome profit`, at 95%, of {_span(compared)}: the margin of one "
        "horizon that treated customers brought above those left alone, less what their contacts and accepted offers "
        "cost in it, over that cost. Profit is margin less cost, so the cost counts once; where your margins are "
        "already net of what offers cost, set that cost to 0. The interval is Fieller's, of two means that go together."
    )
    return Section(
        NAME, TITLE, said=said, measures=_measures(policy, currency), tables=(_table(compared.returns, currency),),
        method=method,
    )  # fmt: skip


def _measures(policy: Return, currency: str) -> tuple[Measure, ...]:
    many = policy.customers + policy.left_alone
    back = "Margin that the policy brought above customers left alone, less what it spent, over what it spent."
    return (
        Measure("Return on retention spend", interval(policy.value), "share", back, "customers compared", many),
        Measure(
            "More margin", interval(policy.margin), "money",
            f"A customer of the policy above one left alone, within the horizon, in {currency}.", "customers compared",
            many,
        ),
        Measure(
            "Spent", interval(policy.spend), "money",
            f"A customer of the policy, on contacts and accepted offers, in {currency}.", "customers of the policy",
            policy.customers,
        ),
    )  # fmt: skip


def _table(found: Sequence[Return], currency: str) -> Table:
    columns = (
        Column("Arm"), Column("Customers", "count"), Column("More margin", "money"), Column("Spent", "money"),
        Column("Return", "share"),
    )  # fmt: skip
    return Table("returns", f"By arm, a customer, in {currency}", columns, tuple(_row(one) for one in found))


def _row(one: Return) -> tuple[Cell, ...]:
    return (one.arm.replace("_", " "), one.customers, *map(interval, (one.margin, one.spend, one.value)))


def _notes(found: Sequence[Return]) -> Iterator[str]:
    for note, arms in notes([(one.arm, (*one.refused, *one.warnings)) for one in found]).items():
        yield f"{arms.capitalize()}: {note}."


def _span(compared: Compared) -> str:
    if compared.first is None or compared.last is None:
        return "first decisions"
    return f"first decisions from {words.day(compared.first)} to {words.day(compared.last)}"
