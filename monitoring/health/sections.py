"""The sections of policy health beside the mix: exploration, budgets, arms and lift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from decisioning.lift import Lift
from monitoring import words
from monitoring.health.arms import ArmCheck
from monitoring.health.budgets import BudgetUse
from monitoring.health.exploration import Exploration
from monitoring.health.lift import EVIDENCE, Compared, interval, notes
from monitoring.site.elements import Cell, Column, Measure, Section, Table, Unit

UNITS: dict[str, Unit] = {"retention": "share", "profit": "money"}
CHANGES: dict[str, Unit] = {"retention": "points", "profit": "money"}


def exploration(found: Exploration | None) -> Section:
    """How often not the best comes first."""
    title = "How often it tries something else"
    if found is None:
        return Section("exploration", title, lacking="No decision keeps the candidates that it was chosen among.")
    of = "decisions of the policy arm with their candidates on record"
    measures = (
        Measure("Explored", found.explored, "share", "Not the best candidate came first.", of, found.decisions),
        Measure("Expected", found.expected, "share", "The same by the logged probabilities.", of, found.decisions),
    )
    said = tuple(
        f"Policy {one.version} explores {'by Thompson sampling, ' * (one.method == 'thompson')}"
        f"with epsilon {one.epsilon:g}."
        for one in found.stated
    )
    method = (
        "The best is the candidate of rank 1. Expected is the mean of what is left to the others by "
        "`selection_probability`. The two are doubted where chance alone would part them so far at most "
        f"{words.percent(found.false_alarms)} of the time (Bernstein's inequality)."
    )
    return Section("exploration", title, said=said, measures=measures, method=method)


def budgets(uses: Sequence[BudgetUse]) -> Section:
    """What is used of each budget, by period."""
    title = "Budgets"
    if not uses:
        return Section("budgets", title, lacking="No decision of this window was made under a budget.")
    columns = (
        Column("Budget"), Column("Of"), Column("Period"), Column("Limit", "number"), Column("Used", "number"),
        Column("Share", "share", gauge=True),
    )  # fmt: skip
    rows = tuple((use.name, use.of, _period(use), use.limit, use.used, use.share) for use in uses)
    marked = frozenset(at for at, use in enumerate(uses) if use.early)
    caption = "Used by decisions and campaigns, of the limit stated last; money in the currency of the data"
    return Section("budgets", title, tables=(Table("budgets", caption, columns, rows, marked),))


def arms(found: ArmCheck | None) -> Section | None:
    """Customers by arm, against the shares that were configured."""
    if found is None:
        return None
    columns = (
        Column("Arm"), Column("Customers", "count"), Column("Expected", "count"),
        Column("Share", "share", gauge=True), Column("Configured", "share"),
    )  # fmt: skip
    rows = tuple(
        (one.arm.replace("_", " "), one.customers, one.expected_customers, one.share, one.expected_share)
        for one in found.arms
    )
    caption = f"{words.count(found.customers, 'customer')} by first decision since {words.day(found.since)}"
    verdict = str(found.ratio)
    method = (
        "Each customer counts once, in the arm of the first decision, whether made in real time or by a campaign. "
        "Shares are those of the policy in force: where they were changed, those decided for before do not fit."
    )
    table = Table("assigned", caption, columns, rows)
    return Section("arms", "Arms", said=(f"{verdict[:1].upper()}{verdict[1:]}.",), tables=(table,), method=method)


def lift(compared: Sequence[Compared]) -> Section | None:
    """What customers of each arm had more than those of another."""
    if not compared:
        return None
    measures = tuple(_measure(one) for one in compared if one.difference is not None)
    tables = tuple(_table(one) for one in compared if one.found is not None)
    method = (
        f"The same as `tenure lift`, at 95%. Evidence: {EVIDENCE}, as arms are drawn by a hash of the customer. Each "
        "customer counts by the first decision, with what one horizon after it brought; what was known before it is "
        "taken out of the difference where that is of use. Seen: the smallest difference that these sizes would have "
        "told from none with probability .8."
    )
    said = tuple(line for one in compared for line in _said(one))
    return Section("lift", "What it brought", said=said, measures=measures, tables=tables, method=method)


def _period(use: BudgetUse) -> str:
    return "for ever" if use.ends is None else f"{_when(use.begins)} to {_when(use.ends)}"


def _when(instant: datetime) -> str:
    return words.day(instant) if (instant.hour, instant.minute) == (0, 0) else words.minute(instant)


def _said(one: Compared) -> list[str]:
    name = one.outcome.capitalize()
    if one.found is None:
        return [f"{name}: not told, as {one.refused}."]
    left = f"; {words.count(one.open, 'customer')} left out, as their horizon has not passed" if one.open else ""
    told = [f"{name}: {one.detectable}{left}.", *(f"{name}: {warning}." for warning in one.warnings)]
    of = [(f"{it.arm.arm} against {it.against.arm}", (*it.refused, *it.warnings)) for it in one.found.lifts]
    return [*told, *(f"{name}, {pairs}: {note}." for note, pairs in notes(of).items())]


def _measure(one: Compared) -> Measure:
    found = one.policy
    customers = 0 if found is None else found.arm.customers + found.against.customers
    definition = (
        "More who stay among customers of the policy than among those left alone."
        if one.outcome == "retention"
        else "Margin less costs, a customer, of the policy above those left alone."
    )
    return Measure(
        f"Lift in {one.outcome}", one.difference, CHANGES[one.outcome], definition, "customers compared", customers
    )


def _table(one: Compared) -> Table:
    unit, change = UNITS[one.outcome], CHANGES[one.outcome]
    columns = (
        Column("Arm"), Column("Against"), Column("Customers", "count"), Column("Customers of the other", "count"),
        Column("Mean", unit), Column("Mean of the other", unit), Column("Difference", change),
        Column("Relative", "share"), Column("Seen", change),
    )  # fmt: skip
    rows = () if one.found is None else tuple(_row(found) for found in one.found.lifts)
    span = "" if one.first is None or one.last is None else f", decided {words.day(one.first)} to {words.day(one.last)}"
    return Table(f"lift-{one.outcome}", f"{one.outcome.capitalize()} a customer by arm{span}", columns, rows)


def _row(found: Lift) -> tuple[Cell, ...]:
    return (
        found.arm.arm.replace("_", " "),
        found.against.arm.replace("_", " "),
        found.arm.customers,
        found.against.customers,
        found.arm.mean,
        found.against.mean,
        interval(found.difference),
        interval(found.relative),
        found.detectable,
    )
