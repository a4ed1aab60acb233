"""RESULTS.md from results.json: one table per prefix of the ids, their notes below."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from benchmarks.results import FILE, Figure, load
from configs.workspace import replacing

PAGE = FILE.with_name("RESULTS.md")
COMPARISONS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


def main() -> None:
    """Write the page."""
    write(load(), PAGE)


def write(figures: Mapping[str, Figure], path: Path) -> None:
    """Write `figures` as a page at `path`, which appears whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(page(figures))


def page(figures: Mapping[str, Figure]) -> str:
    """All figures in Markdown."""
    parts = ["# Results\n", "Made from `results.json` by `python -m benchmarks.render`; do not edit.\n"]
    for prefix, names in groupby(sorted(figures), key=lambda name: name.partition(".")[0]):
        parts.append(_section(prefix, {name: figures[name] for name in names}))
    return "\n".join(parts)


def _section(prefix: str, figures: Mapping[str, Figure]) -> str:
    lines = [
        f"## {prefix}\n",
        "| figure | value | asked | state | floor | date | command |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(name, figure) for name, figure in figures.items()]
    notes = [f"- `{name}`: {figure.note}." for name, figure in figures.items() if figure.note]
    return "\n".join([*lines, "", *notes, *([""] if notes else []), *_conditions(figures)])


def _row(name: str, figure: Figure) -> str:
    floor = "" if figure.floor is None else f"{figure.floor:g}"
    cells = (f"`{name}`", f"{figure.value:g}", figure.reach, state(figure), floor, figure.date, f"`{figure.command}`")
    return f"| {' | '.join(cells)} |"


def state(figure: Figure) -> str:
    """Whether the value reaches what was asked: "reached", "short", or empty where nothing comparable was asked."""
    sign, _, bound = figure.reach.partition(" ")
    try:
        reached = _within(figure.value, bound) if sign == "in" else COMPARISONS[sign](figure.value, float(bound))
    except (KeyError, ValueError):
        return ""
    return "reached" if reached else "short"


def _within(value: float, bounds: str) -> bool:
    """Whether `value` is in `bounds`, such as "0.9 to 1.1", ends included. Raises ValueError for another form."""
    low, high = bounds.split(" to ")
    return float(low) <= value <= float(high)


def _conditions(figures: Mapping[str, Figure]) -> list[str]:
    """The machines and versions that the figures were found with, each once."""
    found = dict.fromkeys(
        f"Measured on {figure.machine}; "
        + ", ".join(f"{name} {given}" for name, given in figure.versions.items())
        + ".\n"
        for figure in figures.values()
    )
    return list(found)


if __name__ == "__main__":
    main()
