"""Writes a site: its pages, one style, each table as CSV, and the facts as JSON with their schema."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from configs.errors import StoreUnavailable
from configs.workspace import replacing
from monitoring import words
from monitoring.intervals import Interval
from monitoring.site.elements import Cell, Page, Table, href
from monitoring.site.numbers import ends, plain, told

TEMPLATES = Path(__file__).parent / "templates"
LEVELS: Mapping[str, str] = {"act": "Act", "watch": "Watch", "wait": "Waiting", "good": "Good"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run it


@dataclass(frozen=True)
class Site:
    """Pages under one title, the first of which is the entrance."""

    title: str
    now: datetime
    pages: tuple[Page, ...]
    footer: str = ""


def write(site: Site, folder: Path, machine: Mapping[str, str]) -> Path:
    """Write the pages, and the texts for machines by file name; a reader never sees half of one.

    Gives the entrance. Raises StoreUnavailable.
    """
    environment = _environment()
    for page in site.pages:
        _put(folder / f"{page.name}.html", environment.get_template("page.html.j2").render(site=site, page=page))
        for table in page.tables:
            _put(folder / "data" / f"{page.name}-{table.name}.csv", as_csv(table))
    for name, text in {**machine, "site.css": (TEMPLATES / "site.css").read_text()}.items():
        _put(folder / name, text)
    return folder / f"{site.pages[0].name}.html"


def prepare(reports: Path) -> None:
    """Try the directory before minutes are spent on what could not be kept. Raises StoreUnavailable."""
    with replacing(reports / ".writable") as path:
        path.touch()
    (reports / ".writable").unlink()


@contextmanager
def writing(reports: Path) -> Iterator[None]:
    """Say where and why a report could not be written (no permission, no space) as StoreUnavailable."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"{reports}: reports cannot be written here: {error.strerror}") from error


def as_csv(table: Table) -> str:
    """The table as CSV (RFC 4180), every row, shares and money as plain numbers."""
    text = io.StringIO()
    writer = csv.writer(text)
    wide = [any(isinstance(row[at], Interval) for row in table.rows) for at in range(len(table.columns))]
    heads = zip(table.columns, wide, strict=True)
    writer.writerow(
        name
        for column, ends in heads
        for name in ([column.name, f"{column.name}, low", f"{column.name}, high"] if ends else [column.name])
    )
    for row in table.rows:
        writer.writerow(value for cell, ends in zip(row, wide, strict=True) for value in _values(cell, ends=ends))
    return text.getvalue()


def _values(cell: Cell, *, ends: bool) -> Sequence[str | float | None]:
    """A cell's values: three, where its column holds intervals."""
    if isinstance(cell, Interval):
        return (cell.value, cell.low, cell.high)
    safe = f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
    known = None if safe is None or safe != safe else safe
    return (known, None, None) if ends else (known,)


def _put(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(day=words.day, told=told, ends=ends, plain=plain, href=href, marked=_marked)
    environment.globals.update(levels=LEVELS, count=words.count)
    return environment


def _marked(text: str) -> Markup:
    """Escaped, with what stands in backticks as code."""
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(part) if at % 2 else escape(part) for at, part in enumerate(text.split("`")))
