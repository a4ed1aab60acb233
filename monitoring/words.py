"""Numbers and names as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


def percent(share: float) -> str:
    """`0.1234` as 12.3%; whole where the tenth would be a zero, and never a nonzero share shown as 0."""
    if 0 < share < 0.0005:
        return "under 0.1%"
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


def points(difference: float) -> str:
    """`0.075` as 7.5 points: a difference of two percentages is not a percentage."""
    return f"{round(100 * difference, 1) + 0.0:.1f} points"


def round_up(value: float) -> float:
    """Find the next share whose quarters read well on an axis; 1 at most."""
    steps = (0.01, 0.02, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.32, 0.4, 0.48, 0.6, 0.8)
    return next((top for top in steps if value <= top), 1.0)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 customer`, `2,469 customers`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def day(instant: datetime) -> str:
    """`6 November 2017`."""
    return f"{instant.day} {instant:%B %Y}"


def span(first: datetime, last: datetime) -> str:
    """`on 6 November 2017`, or `from 6 November 2017 to 9 December 2017`."""
    begins, ends = day(first), day(last)
    return f"on {begins}" if begins == ends else f"from {begins} to {ends}"


def minute(instant: datetime) -> str:
    """`6 November 2017, 09:30 UTC`."""
    return f"{day(instant)}, {instant:%H:%M} UTC"


def feature(name: str) -> str:
    """`purchases__days_since_last` as `days since last (purchases)`; the score by what it means."""
    if name == "p_churn":
        return "predicted risk"
    view, mark, rest = name.partition("__")
    return f"{rest.replace('_', ' ')} ({view.replace('_', ' ')})" if mark and rest else name.replace("_", " ")


def listing(items: Sequence[str], most: int = 3) -> str:
    """Join as `a`, `a and b`, `a, b, c and 4 more`."""
    shown, rest = list(items[:most]), len(items) - most
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
