"""The page of the early warning: how many rose, whether that is more than usual, why, and what to do."""

from __future__ import annotations

import numpy as np

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.site.charts import shares
from monitoring.site.elements import Column, Figure, Measure, Page, Section, Table
from monitoring.warning.findings import PAGE, findings, points
from monitoring.warning.rises import EDGES, Part, Warned
from monitoring.warning.usual import FEWEST, Usual

BOTH = "customers at risk at both instants"
RISING = "customers told of"


def page(found: Warned, settings: Monitoring) -> Page:
    """The page as it is read."""
    title, question = "Early warning", "Whose risk rose most, and what to do?"
    if found.lacking is not None or found.since is None or found.until is None:
        said = Section("rises", "Whose risk rose", lacking=f"Nothing to compare: {found.lacking}")
        return Page(PAGE, title, question, (said,))
    told = (_rises(found, settings), _usual(found.usual), _reasons(found, settings), _actions(found, settings))
    return Page(PAGE, title, question, told, tuple(findings(found, settings.early_warning)))


def _rises(found: Warned, settings: Monitoring) -> Section:
    asked = settings.early_warning
    name = f"Rose by more than {points(asked.rise)}"
    up = f"Customers whose risk of leaving rose by more than {points(asked.rise)}."
    money = f"Margin expected of these customers within the horizon, in {found.currency}."
    loss = f"For each, the rise times the value at stake; in {found.currency}."
    measures = (
        Measure(name, found.rose, "count", up, BOTH, found.customers),
        Measure("Share", found.share, "share", up, BOTH, found.customers),
        Measure("Value at stake", found.at_stake, "money", money, RISING, found.rose),
        Measure("Expected loss", found.loss, "money", loss, RISING, found.rose),
    )
    method = (
        f"{found.model}, the model in force, was asked about the same customers at both instants, with the features "
        f"known at each: the two snapshots nearest to {asked.days:g} days apart. Only customers whose leaving was a "
        f"question at both are counted. A group of fewer than {settings.min_group} is not told. The interval is of "
        "chance alone; that spans differ is seen below."
    )
    return Section(
        "rises", "Whose risk rose", said=(_between(found),), measures=measures, figures=(_figure(found, settings),),
        tables=(_bands(found),), method=method,
    )  # fmt: skip


def _between(found: Warned) -> str:
    if found.since is None or found.until is None:
        return ""
    return f"The risk of leaving on {words.day(found.until)} against that on {words.day(found.since)}."


def _figure(found: Warned, settings: Monitoring) -> Figure:
    before = None if found.before is None else np.array(found.before)
    caption = (
        f"Bars are of this span{'' if before is None else ', the line is of the spans before it together'}; each of "
        f"{settings.min_group} customers or more. Changes beyond 50 points are at the ends."
    )
    return shares(
        "rises", "How risks changed", f"Share of customers by the change of their risk. {caption}", 100 * EDGES,
        np.array(found.shares), before, along="change of the risk, in points", caption=caption,
    )  # fmt: skip


def _bands(found: Warned) -> Table:
    columns = (Column("Rise"), Column("Customers", "count"), Column("Value at stake", "money"))
    rows = tuple(
        (
            f"over {points(one.above)}" + ("" if one.up_to >= 1 else f", up to {points(one.up_to)}"),
            one.customers,
            one.at_stake,
        )
        for one in found.bands
    )
    return Table("bands", f"By how much, of {words.count(found.customers, 'customer')}", columns, rows)


def _usual(found: Usual | None) -> Section:
    title = "Is that more than usual?"
    if found is None:
        return Section("usual", title, lacking="No span before it has two snapshots; `tenure features` makes them.")
    columns = (
        Column("Span"), Column("Customers", "count"), Column("Rose", "count"), Column("Share", "share", gauge=True),
    )  # fmt: skip
    rows = tuple(
        (f"{words.day(one.since)} to {words.day(one.until)}", one.customers, one.rose, one.share) for one in found.spans
    )
    limit = (
        f"Not told yet: {FEWEST} spans before it are needed."
        if found.most is None
        else f"In an ordinary span {words.percent(found.share)} rise by as much; more than {words.percent(found.most)} "
        "is more than usual."
    )
    method = (
        "By the same model, of a sample where customers are many. The limit is the upper end of Student's 95% "
        "prediction interval for one more span: of forty ordinary spans, one passes it. Spans that the model learned "
        "from may show larger rises than later ones."
    )
    return Section(
        "usual", title, said=(limit,), tables=(Table("spans", "Spans before", columns, rows),), method=method
    )


def _reasons(found: Warned, settings: Monitoring) -> Section:
    title = "Why"
    if not found.reasons:
        return Section("reasons", title, lacking=_too_few(found, settings, "one reason"))
    method = (
        "For each customer on the list, the three features whose contribution to the model's log-odds rose most "
        "between the two instants (SHAP values of the boosters, exact for the linear part). They say what moved the "
        "model, not what moved the customer."
    )
    return Section("reasons", title, tables=(_parts("reasons", "Reason", found.reasons, found),), method=method)


def _actions(found: Warned, settings: Monitoring) -> Section:
    title = "What to do"
    said = (
        f"{words.count(found.listed, 'customer')} with most to lose stand by name in `early-warning.csv` in the "
        "workspace, which its owner alone can read: risk before and now, value at stake, reasons, suggested offer and "
        "channel. Names are on no page of this report.",
    )
    if not found.actions:
        return Section("actions", title, said=said, lacking=_too_few(found, settings, "one action"))
    method = (
        "What the policy in force would do now, exploration and quiet hours aside; nothing was logged, and no budget "
        "is held. Customers held out measure what offers bring: leave them alone."
    )
    table = _parts("actions", "Suggested", found.actions, found)
    return Section("actions", title, said=said, tables=(table,), method=method)


def _too_few(found: Warned, settings: Monitoring, what: str) -> str:
    if not found.listed:
        return "Nobody is on the list."
    return f"No {settings.min_group} customers of the {found.listed} on the list have {what} in common."


def _parts(name: str, head: str, parts: tuple[Part, ...], found: Warned) -> Table:
    columns = (Column(head), Column("Customers", "count"), Column("Share", "share", gauge=True))
    rows = tuple((part.name, part.customers, part.customers / found.listed) for part in parts)
    return Table(name, f"Of the {words.count(found.listed, 'customer')} on the list", columns, rows)
