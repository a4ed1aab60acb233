"""Cells as a person reads them, by their unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isinf

from monitoring import words
from monitoring.intervals import Interval
from monitoring.site.elements import Cell, Unit

DASH, BEYOND = "\N{EN DASH}", "beyond the records"


def money(value: float) -> str:
    """Whole from a hundred on, in cents below."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


FORMATS: Mapping[Unit, Callable[[float], str]] = {
    "count": lambda value: f"{value:,.0f}",
    "share": words.percent,
    "points": words.points,
    "money": money,
    "number": lambda value: f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}",
    "ratio": lambda value: f"{value:.3f}",
    "days": lambda value: f"{value:,.0f} days",
    "nps": lambda value: f"{100 * value:+.0f}",
}


def told(cell: Cell, unit: Unit) -> str:
    """`cell` in its unit, an interval's value alone; a dash where there is none, or too few to tell."""
    value = plain(cell)
    if value is None or value != value:
        return DASH
    if isinstance(value, str):
        return value
    return BEYOND if isinf(value) else FORMATS[unit](value)


def ends(cell: Cell, unit: Unit) -> str:
    """`12% to 14%` of an interval; nothing of anything else."""
    return f"{told(cell.low, unit)} to {told(cell.high, unit)}" if isinstance(cell, Interval) else ""


def plain(cell: Cell) -> str | float | None:
    """The value of an interval; anything else as it is."""
    return cell.value if isinstance(cell, Interval) else cell
