"""The figures of retention, each as it is found from what a group of customers comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from ibis.expr import types as ir

from monitoring.intervals import Interval, normal, wilson
from monitoring.retention.worth import Worth, expected
from monitoring.site.elements import Unit

Sums = Mapping[str, float | None]
"""`<column>_n`, `_mean` and `_sd` over the customers of a group who have a value."""
Find = Callable[[Sums, int], Interval | None]
"""Given sums and how many customers are too few, a figure; None where it cannot be told."""


WORTH, VOICE = TOPICS = ("staying and worth", "voice, offers and points")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, what it is about, its unit, the columns that it is made of, and how."""

    name: str
    about: str  # of TOPICS
    unit: Unit
    needs: tuple[str, ...]
    find: Find


def figures(horizon_days: int) -> tuple[Figure, ...]:
    """Every figure, in the order told."""
    year, more = (_worth(horizon_days, told) for told in ("year", "more"))
    return (
        Figure("Retention", WORTH, "share", ("kept",), _share("kept")),
        Figure("Margin of a horizon", WORTH, "money", ("margin",), _mean("margin")),
        Figure("Expected margin of a year", WORTH, "money", ("kept", "margin"), year),
        Figure("Five points more would add", WORTH, "money", ("kept", "margin"), more),
        Figure("Renewal", WORTH, "share", ("due", "renewed"), _ratio("renewed", "due")),
        Figure("Repeat purchase", WORTH, "share", ("again",), _share("again")),
        Figure("NPS", VOICE, "nps", ("nps",), _mean("nps")),
        Figure("CSAT", VOICE, "share", ("satisfied",), _share("satisfied")),
        Figure("CES", VOICE, "number", ("effort",), _mean("effort")),
        Figure("With a complaint", VOICE, "share", ("complained",), _share("complained")),
        Figure("Sentiment", VOICE, "number", ("sentiment",), _mean("sentiment")),
        Figure("Offers sent", VOICE, "number", ("sent",), _mean("sent")),
        *(
            Figure(f"{step.capitalize()} of sent", VOICE, "share", ("sent", step), _ratio(step, "sent"))
            for step in ("viewed", "clicked", "accepted", "converted")
        ),
        Figure("Points earned", VOICE, "count", ("earned",), _mean("earned")),
        Figure("Points burnt", VOICE, "count", ("burnt",), _mean("burnt")),
    )


def sums(column: str, values: ir.NumericColumn) -> Iterator[tuple[str, ir.NumericScalar]]:
    """The expressions behind Sums of one column."""
    yield f"{column}_n", values.count()
    yield f"{column}_mean", values.mean()
    yield f"{column}_sd", values.cast("float64").std()


def _told(found: Sums, column: str) -> tuple[float, float, float]:
    """(customers, mean, standard deviation)."""
    of, middle, spread = (found[f"{column}_{what}"] or 0.0 for what in ("n", "mean", "sd"))
    return of, middle, spread


def _share(column: str) -> Find:
    """Of the customers with a say in it: each is one witness."""

    def find(found: Sums, few: int) -> Interval | None:
        of, middle, _ = _told(found, column)
        return wilson(middle * of, of) if of >= few else None

    return find


def _mean(column: str) -> Find:
    def find(found: Sums, few: int) -> Interval | None:
        of, middle, spread = _told(found, column)
        return normal(middle, spread, int(of)) if of >= max(2, few) else None

    return find


def _ratio(part: str, whole: str) -> Find:
    """The sum of one over that of another. Its interval counts customers, as the rows of one are like each other."""

    def find(found: Sums, few: int) -> Interval | None:
        customers, middle, _ = _told(found, whole)
        of = customers * middle
        if customers < few or of <= 0:
            return None
        having, each, _ = _told(found, part)
        return wilson(min(having * each, of), of, effective=customers)

    return find


def _worth(horizon_days: int, told: Literal["year", "more"]) -> Find:
    def find(found: Sums, few: int) -> Interval | None:
        kept = _share("kept")(found, few)
        of, middle, spread = _told(found, "margin")
        if kept is None or of < max(2, few):
            return None
        worth: Worth = expected((middle, spread / sqrt(of)), kept, int(of), horizon_days)
        return worth.year if told == "year" else worth.more

    return find
