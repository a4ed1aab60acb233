"""How commands speak: tables and words on stdout, or one JSON document; progress on stderr."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
Cell = str | int | float | None
PIPE_WIDTH = 1000  # columns of a table that goes to a file or a pipe: nothing is folded


@dataclass(frozen=True)
class Speaker:
    """Prints for people, or nothing but the final document where `as_json`."""

    as_json: bool
    out: Console
    err: Console

    def say(self, text: str) -> None:
        """A line for people, in Rich's markup: escape what comes from the records."""
        if not self.as_json:
            self.out.print(text, highlight=False, soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Cell]], title: str | None = None) -> None:
        """A table for people; numbers stand to the right."""
        if self.as_json:
            return
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for index, column in enumerate(columns):
            numeric = bool(rows) and all(isinstance(row[index], int | float | None) for row in rows)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_shown(cell) for cell in row))
        self.out.print(table)

    def document(self, answer: object) -> None:
        """The one JSON document: instants in ISO 8601, paths as text, numbers that are none as null."""
        if self.as_json:
            self.out.print(to_json(answer), highlight=False, markup=False, emoji=False, soft_wrap=True)

    @contextmanager
    def progress(self) -> Iterator[Bar]:
        """A bar on stderr, silent where that is no terminal."""
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        quiet = self.as_json or not self.err.is_terminal
        with Progress(*columns, console=self.err, transient=True, disable=quiet) as progress:
            yield Bar(progress)


class Bar:
    """One progress bar whose description changes with the work."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def at(self, what: str, done: int | None = None, total: int | None = None) -> None:
        """Now at `what`, `done` of `total` pieces."""
        self._progress.update(self._task, description=what, completed=done or 0, total=total or None)


def speaker(as_json: bool) -> Speaker:
    """A speaker on the process's streams."""
    out = Console()
    return Speaker(as_json, out if out.is_terminal else Console(width=PIPE_WIDTH), Console(stderr=True))


def to_json(answer: object) -> str:
    """`answer` as JSON on one line."""
    return json.dumps(_plain(answer), ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, PathLike):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a JSON document")


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.4g}" if abs(cell) < 1000 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
