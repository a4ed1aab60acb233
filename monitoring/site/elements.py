"""What a page is made of. A topic says what it found in these; the site draws, lays out and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from markupsafe import Markup

from monitoring.intervals import Interval

Cell = str | float | Interval | None
Unit = Literal["text", "count", "share", "points", "money", "number", "ratio", "days", "nps"]
Level = Literal["act", "watch", "wait", "good"]
LEVELS: tuple[Level, ...] = ("act", "watch", "wait", "good")


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, with its 95% interval where it has one, what it means, and of how many what it is told.

    None where they are too few to tell.
    """

    name: str
    value: float | Interval | None
    unit: Unit
    definition: str
    denominator: str
    of: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Where `gauge`, a bar beside each share."""

    name: str
    unit: Unit = "text"
    gauge: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; the first column names the row. `name` is its CSV file. `marked` rows stand out."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marked: frozenset[int] = frozenset()
    shown: int = 12  # rows seen at once; the rest is behind a line to open


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing, what it shows to those who do not see it, and a caption for those who do."""

    name: str
    drawing: Markup
    title: str
    description: str
    caption: str = ""


def href(place: str) -> str:
    """The file of a place that findings name.

    >>> href("drift#columns")
    'drift.html#columns'
    """
    page, mark, section = place.partition("#")
    return f"{page}.html{mark}{section}"


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to a file beside the pages."""

    words: str
    place: str


@dataclass(frozen=True, slots=True)
class Section:
    """One question of a page. `lacking` says, where there is nothing, what to map or wait for."""

    name: str
    title: str
    _: KW_ONLY
    said: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    lacking: str | None = None
    links: tuple[Link, ...] = ()
    method: str = ""  # how it was measured, for who asks


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, its size, what to do ("" when nothing), and where the detail is: page, or page#section."""

    level: Level
    what: str
    size: str
    do: str
    page: str


@dataclass(frozen=True, slots=True)
class Page:
    """One topic: a question that a reader has, and sections that answer it."""

    name: str
    title: str
    question: str
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...] = ()
    headline: str = ""  # instead of the title, where there is something to say first

    @property
    def tables(self) -> Sequence[Table]:
        """All of its tables."""
        return [table for section in self.sections for table in section.tables]
