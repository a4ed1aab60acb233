"""Flows between stages (a Sankey diagram): how many went from what to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from monitoring.site.drawing import ACT, BLUE, FILL, HEIGHT, INK, figure, sheet
from monitoring.site.elements import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OTHER = "other"
MOST, LEAST = 6, 0.015  # nodes of a stage, and the smallest share of all that a node of its own may have
GAP = 0.06  # between nodes, as a share of all: as high as a line of text
HALF = 0.025  # of a node's width, where stages are 1 apart
ALONG = np.linspace(0.0, 1.0, 33)
SMOOTH = ALONG**2 * (3 - 2 * ALONG)  # smoothstep: level at both ends


@dataclass(frozen=True, slots=True)
class Flow:
    """So many went from `source` in `stage` to `target` in the next."""

    stage: int
    source: str
    target: str
    size: float


Node = tuple[int, str]
Places = Mapping[Node, tuple[float, float]]


def flows(
    name: str,
    title: str,
    description: str,
    stages: Sequence[str],
    drawn: Sequence[Flow],
    *,
    marked: Collection[str] = (),
    caption: str = "",
) -> Figure:
    """A column of nodes for each stage, ribbons between them; those into a `marked` node stand out.

    Nodes too small to be read are merged to "other", but for those of the last stage.
    """
    ribbons = merged(drawn, len(stages) - 1)
    places = _places(ribbons)
    with sheet(HEIGHT + 0.7) as (canvas, axes):
        _ribbons(axes, ribbons, places, marked)
        for (stage, label), (low, high) in places.items():
            colour = ACT if label in marked else BLUE
            axes.fill_between([stage - HALF, stage + HALF], low, high, color=colour, linewidth=0)
            axes.text(stage + 2 * HALF, (low + high) / 2, label, va="center", color=INK)
        axes.set_xlim(-2 * HALF, len(stages) - 0.55)
        axes.invert_yaxis()
        axes.xaxis.tick_top()
        axes.set_xticks(range(len(stages)), stages, ha="left")
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        return figure(canvas, name, title, description, caption)


def merged(drawn: Sequence[Flow], last: int) -> tuple[Flow, ...]:
    """`drawn` with the small nodes of all stages before `last` as one, and the flows that this makes equal added up."""
    sizes = _sizes(drawn)
    most = max(_heights(sizes).values(), default=0.0)
    kept = {(stage, label) for stage, label in sizes if stage == last}
    for stage in range(last):
        large = [node for node in sizes if node[0] == stage and sizes[node] >= LEAST * most]
        kept |= set(sorted(large, key=lambda node: -sizes[node])[:MOST])
    totals: dict[Flow, float] = defaultdict(float)
    for flow in drawn:
        source = flow.source if (flow.stage, flow.source) in kept else OTHER
        target = flow.target if (flow.stage + 1, flow.target) in kept else OTHER
        totals[Flow(flow.stage, source, target, 0.0)] += flow.size
    return tuple(replace(flow, size=size) for flow, size in totals.items())


def _sizes(drawn: Sequence[Flow]) -> dict[Node, float]:
    """Of each node: what comes in or what goes out, whichever is more."""
    came: dict[Node, float] = defaultdict(float)
    went: dict[Node, float] = defaultdict(float)
    for flow in drawn:
        went[flow.stage, flow.source] += flow.size
        came[flow.stage + 1, flow.target] += flow.size
    return {node: max(came[node], went[node]) for node in came | went}


def _heights(sizes: Mapping[Node, float]) -> dict[int, float]:
    """Of each stage, without its gaps."""
    stages = {stage for stage, _ in sizes}
    return {one: sum(size for (stage, _), size in sizes.items() if stage == one) for one in stages}


def _places(ribbons: Sequence[Flow]) -> Places:
    """(top, bottom) of each node; a label is at about the same height in every stage, the commonest at the top."""
    sizes = _sizes(ribbons)
    gap = GAP * max(_heights(sizes).values(), default=0.0)
    common: dict[str, float] = defaultdict(float)
    for (_, label), size in sizes.items():
        common[label] += size
    found: dict[Node, tuple[float, float]] = {}
    for stage in sorted({stage for stage, _ in sizes}):
        labels = sorted((label for at, label in sizes if at == stage), key=lambda one: (one == OTHER, -common[one]))
        heights = np.array([sizes[stage, label] for label in labels])
        tops = np.cumsum(heights + gap) - heights - gap
        tops -= (tops[-1] + heights[-1]) / 2
        ends = zip(tops.tolist(), (tops + heights).tolist(), strict=True)
        found.update(zip([(stage, label) for label in labels], ends, strict=True))
    return found


def _ribbons(axes: Axes, ribbons: Sequence[Flow], places: Places, marked: Collection[str]) -> None:
    """Each from its part of the source to its part of the target, in the order of the nodes at the other end."""
    ends = {flow: (places[flow.stage, flow.source][0], places[flow.stage + 1, flow.target][0]) for flow in ribbons}
    leaving: dict[Node, float] = defaultdict(float)
    coming: dict[Node, float] = defaultdict(float)
    for flow in sorted(ribbons, key=lambda flow: ends[flow]):
        begin, end = (flow.stage, flow.source), (flow.stage + 1, flow.target)
        left, right = ends[flow][0] + leaving[begin], ends[flow][1] + coming[end]
        leaving[begin] += flow.size
        coming[end] += flow.size
        top = left + (right - left) * SMOOTH
        across = flow.stage + HALF + (1 - 2 * HALF) * ALONG
        colour = ACT if flow.target in marked else FILL
        axes.fill_between(across, top, top + flow.size, color=colour, alpha=0.4, linewidth=0)
