"""The kinds of charts that pages use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from monitoring.site.drawing import ACT, BLUE, FILL, HEIGHT, INK, SOFT, figure, sheet
from monitoring.site.elements import Figure, Unit
from monitoring.site.numbers import told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
LINES = ((BLUE, "-"), (INK, "--"), (SOFT, ":"), (ACT, "-."))
BAR = 0.24  # inches


@dataclass(frozen=True)
class Line:
    """One line over shared places, with its interval where it has one; nan breaks it."""

    label: str
    values: Sequence[float] | Floats
    low: Sequence[float] | Floats | None = None
    high: Sequence[float] | Floats | None = None
    step: bool = False


def lines(
    name: str,
    title: str,
    description: str,
    places: Sequence[datetime] | Sequence[float],
    drawn: Sequence[Line],
    unit: Unit,
    *,
    along: str = "",
    caption: str = "",
) -> Figure:
    """Lines over time, or over numbers that `along` names."""
    dated = [place.replace(tzinfo=None) for place in places if isinstance(place, datetime)]  # as NumPy takes them
    at = np.array(dated, dtype="datetime64[s]") if dated else np.asarray(places, dtype=np.float64)
    with sheet() as (canvas, axes):
        for line, (colour, style) in zip(drawn, LINES, strict=False):
            how = "steps-post" if line.step else "default"
            axes.plot(at, line.values, color=colour, linestyle=style, label=line.label, drawstyle=how)
            if line.low is not None and line.high is not None:
                axes.fill_between(
                    at,
                    line.low,
                    line.high,
                    color=colour,
                    alpha=0.18,
                    linewidth=0,
                    step="post" if line.step else None,
                )
        _upward(axes, unit)
        _dated(axes) if dated else axes.set_xlabel(along)
        if len(drawn) > 1:
            axes.legend(loc="best")
        return figure(canvas, name, title, description, caption)


def bars(
    name: str,
    title: str,
    description: str,
    labels: Sequence[str],
    values: Floats,
    unit: Unit,
    *,
    low: Floats | None = None,
    high: Floats | None = None,
    caption: str = "",
) -> Figure:
    """A bar for each label, the first on top, with intervals as thin lines; each value is written at its bar."""
    with sheet(0.7 + BAR * len(labels)) as (canvas, axes):
        at = np.arange(len(labels))
        axes.barh(at, values, 0.62, color=FILL)
        if low is not None and high is not None:
            axes.hlines(at, low, high, color=INK, linewidth=1)
        axes.set_yticks(at, [_short(label) for label in labels])
        axes.invert_yaxis()
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        ends = values if high is None else np.fmax(values, high)
        for place, (value, end) in enumerate(zip(values, ends, strict=True)):
            axes.text(max(end, 0.0), place, f" {told(float(value), unit)}", va="center", color=INK)
        axes.margins(x=0.16)
        return figure(canvas, name, title, description, caption)


def shares(
    name: str,
    title: str,
    description: str,
    edges: Floats,
    now: Floats,
    before: Floats | None,
    *,
    along: str,
    caption: str = "",
) -> Figure:
    """Two distributions over the same bins: bars for now, a line for before where there is one."""
    with sheet() as (canvas, axes):
        axes.bar(edges[:-1], now, np.diff(edges) * 0.9, align="edge", color=FILL, label="now")
        if before is not None:
            axes.stairs(before, edges, color=INK, linewidth=1.6, label="before")
            axes.legend(loc="best")
        _upward(axes, "share")
        axes.set_xlabel(along)
        return figure(canvas, name, title, description, caption)


def reliability(
    name: str, title: str, description: str, said: Floats, came: Floats, low: Floats, high: Floats, *, caption: str = ""
) -> Figure:
    """Predicted against observed shares; what is right lies on the diagonal."""
    with sheet(HEIGHT + 0.3) as (canvas, axes):
        top = float(max(said.max(), high.max())) * 1.05
        axes.plot([0, top], [0, top], color=SOFT, linestyle="--", linewidth=1.2)
        axes.vlines(said, low, high, color=BLUE, linewidth=1.6)
        axes.plot(said, came, "o", color=BLUE, markersize=5)
        _upward(axes, "share")
        axes.xaxis.set_major_formatter(lambda value, _: told(value, "share"))
        axes.set_xlabel("predicted")
        axes.set_ylabel("observed")
        return figure(canvas, name, title, description, caption)


def triangle(
    name: str,
    title: str,
    description: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Floats,
    *,
    caption: str = "",
) -> Figure:
    """Shares as a grid that is filled where there is something to tell (nan: not)."""
    with sheet(0.6 + 0.2 * len(rows), width=max(4.4, 1.1 + 0.36 * len(columns))) as (canvas, axes):
        for (row, column), share in np.ndenumerate(cells):
            if np.isnan(share):
                continue
            axes.fill_between(
                [column - 0.47, column + 0.47], row - 0.45, row + 0.45, color=FILL, alpha=float(share), linewidth=0
            )
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=INK, fontsize=7.5)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xticks(range(len(columns)), columns)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.xaxis.tick_top()
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        return figure(canvas, name, title, description, caption)


def _upward(axes: Axes, unit: Unit) -> None:
    axes.yaxis.set_major_formatter(lambda value, _: told(float(value), unit))


def _dated(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _short(label: str, most: int = 28) -> str:
    return label if len(label) <= most else label[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"
