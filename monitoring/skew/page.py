"""The page of served features: whether they are what training would see, and how old and how empty they are."""

from __future__ import annotations

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.site.elements import Column, Measure, Page, Section, Table
from monitoring.skew.findings import findings
from monitoring.skew.freshness import Ages, Freshness
from monitoring.skew.skew import SETTLES, TOLERANCE, Comparison, Skew

VECTORS = "served vectors in the sample"
METHOD = (
    "A vector is what one decision saw of its customer. The same features are computed again by the code behind "
    "training's snapshots, as of the instant that the stored row was computed for, a snapshot's or that of the event "
    "that refreshed it, from all records before that instant and the events received by the decision; recency and the "
    "age at which a value is too old are as of the decision. Where a newer snapshot or event was there in time, the "
    "row is held to that one, so that a row left behind shows. Texts and nulls have to be equal, numbers to one part "
    f"in {1 / TOLERANCE:,.0f}. Records count as known from the instant they tell of: those ingested late show as a "
    f"difference, as training sees them and the decision did not. An event received within {SETTLES.seconds} seconds "
    "of a decision may have come before or after it; on a data clock, which stands still, any may: then a vector is "
    "equal where it is equal to one of the possibilities."
)


def page(skew: Skew, settings: Monitoring) -> Page:
    """The page as it is read."""
    title, question = "Served features", "Do decisions see the features that models learn from?"
    empty = Section("equal", "As training sees them", lacking="No decision was made in this window.")
    sections = (_equal(skew), _freshness(skew)) if skew.decisions else (empty,)
    return Page("skew", title, question, sections, tuple(findings(skew, settings)))


def _equal(skew: Skew) -> Section:
    title = "As training sees them"
    if (found := skew.comparison) is None or found.equal is None:
        return Section("equal", title, lacking=_lacking(skew), method=METHOD)
    of = "served vectors joined again"
    measure = Measure(
        "Equal to the join", found.equal, "share", "Every feature is what training would see.", of, found.vectors
    )
    return Section(
        "equal", title, said=tuple(_said(skew, found)), measures=(measure,), tables=(_features(found),), method=METHOD
    )


def _lacking(skew: Skew) -> str:
    if skew.refused is not None:
        return f"Served features could not be joined again: {skew.refused}"
    if skew.sampled == skew.away:
        return "No decision of the sample saw the feature store."
    if skew.comparison is None:
        return "Served features were not joined again."
    return (
        f"{words.count(skew.comparison.untold, 'vector')} could not be joined again: no snapshot is on file for them, "
        "or none of their features is computed any more."
    )


def _said(skew: Skew, found: Comparison) -> list[str]:
    drawn = f"{words.count(skew.sampled, 'decision')} of {skew.decisions:,}"
    counted = (
        (skew.away, "made without the feature store"),
        (found.untold, "could not be joined again"),
        (found.unsettled, "may have come about in several ways, as an event came near"),
        (found.late, "of customers of whom something came late: training knows it, the decision could not"),
    )
    said = [f"{drawn}, drawn at random{''.join(f'; {number:,} {what}' for number, what in counted if number)}."]
    if found.gone:
        said.append(f"Not computed any more, and not compared: {_listed(found.gone)}.")
    if found.unserved:
        said.append(f"Computed now, and in no served vector: {_listed(found.unserved)}.")
    return said


def _features(found: Comparison) -> Table:
    columns = (
        Column("Feature"), Column("Equal", "share", gauge=True), Column("Vectors that differ", "count"),
        Column("Missing in service", "count"), Column("Only in service", "count"),
        Column("Size of a difference", "number"),
    )  # fmt: skip
    rows = tuple(
        (words.feature(one.name), one.equal, one.unequal, one.lost, one.made_up, one.typical) for one in found.features
    )
    marked = frozenset(at for at, one in enumerate(found.features) if one.unequal)
    caption = "Share of vectors equal to the join, worst first; the size is the median, of numbers that differ"
    return Table("features", caption, columns, rows, marked)


def _freshness(skew: Skew) -> Section:
    title = "How old and how empty"
    if (found := skew.freshness) is None:
        return Section("freshness", title, lacking="No decision of the sample saw the feature store.")
    measures = (
        Measure("Too old", found.stale, "share", "Something was too old to use, and null.", VECTORS, found.vectors),
        Measure("Unknown", found.unknown, "share", "The store knew nothing of the customer.", VECTORS, found.vectors),
    )
    said = () if found.ages is None else (_aged(found.ages),)
    method = (
        "A value older than two snapshots' distance is null and counts as too old. A feature that differs between "
        "kinds of offers is null where it is for all kinds. Training's nulls are those of the model of churn; what is "
        "no input of it has none."
    )
    return Section("freshness", title, said=said, measures=measures, tables=(_stale_and_null(found),), method=method)


def _stale_and_null(found: Freshness) -> Table:
    columns = (
        Column("Feature"), Column("Too old", "share"), Column("Null", "share", gauge=True),
        Column("Null in training", "share"),
    )  # fmt: skip
    rows = tuple((words.feature(one.name), one.stale, one.null, one.trained_null) for one in found.features)
    marked = frozenset(at for at, one in enumerate(found.features) if one.stale.value > 0)
    return Table("freshness", f"Shares of {VECTORS}", columns, rows, marked)


def _aged(ages: Ages) -> str:
    return (
        f"Stored rows were computed {_hours(ages.median_hours)} before the decision at the median, "
        f"{_hours(ages.oldest_hours)} at most, in {words.count(ages.vectors, 'vector')} that tell."
    )


def _hours(hours: float) -> str:
    if hours < 1:
        return words.count(round(60 * hours), "minute")
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"


def _listed(names: tuple[str, ...]) -> str:
    return words.listing([words.feature(name) for name in names], most=6)
