"""How commands speak: tables and words on stdout, or one JSON document; progress on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
Cell = str | int | float | None


@dataclass(frozen=True)
class Speaker:
    """Prints for people, or nothing but the final document where `as_json`."""

    as_json: bool
    out: Console
    err: Console

    def say(self, text: str) -> None:
        """A line for people."""
        if not self.as_json:
            self.out.print(text, highlight=False)

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

    def document(self, answer: Json) -> None:
        """The one JSON document."""
        if self.as_json:
            self.out.print(
                json.dumps(answer, ensure_ascii=False, default=str), highlight=False, markup=False, soft_wrap=True
            )

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
        self._progress.update(self._task, description=what, completed=done or 0, total=total)


def speaker(as_json: bool) -> Speaker:
    """A speaker on the process's streams."""
    return Speaker(as_json, Console(), Console(stderr=True))


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.4g}" if abs(cell) < 1000 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
