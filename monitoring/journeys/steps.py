"""How many customers went from which touchpoint to which, and the commonest journeys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monitoring.journeys.paths import OTHER, Codes, Paths
from monitoring.retention.rates import Share, share

STAYED, LEFT, NONE = "stayed", "left", ""
TOUCHPOINTS = 3  # told of each journey, its last ones
LABELS = 5  # told apart at each place; the rest is OTHER
COMMON = 15  # journeys told

Labels = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Step:
    """So many customers went from `source`, their touchpoint `back` before the end, to `target`."""

    back: int
    source: str
    target: str
    customers: int


@dataclass(frozen=True, slots=True)
class Path:
    """The touchpoints of a journey, the last one last, and who stayed after it."""

    touchpoints: tuple[str, ...]
    stayed: Share


def steps(journeys: Paths, few: int) -> tuple[Step, ...]:
    """From the third last touchpoint to the end: those of `few` customers or more."""
    told = [_labels(journeys, back) for back in range(TOUCHPOINTS, 0, -1)]
    found = [
        _counted(back, source, target, journeys.customers)
        for back, source, target in zip(range(TOUCHPOINTS, 1, -1), told, told[1:], strict=False)
    ]
    found += [
        _counted(1, told[-1], np.full(len(customers), end), customers)
        for end, customers in ((STAYED, journeys.stayed), (LEFT, journeys.left))
    ]
    return tuple(one for some in found for one in some if one.customers >= few)


def common(journeys: Paths, few: int) -> tuple[Path, ...]:
    """The journeys of most customers, of `few` or more each."""
    often = np.argsort(-journeys.customers, kind="stable")[:COMMON]
    return tuple(
        Path(
            tuple(journeys.names[step] for step in journeys.steps[at] if step >= 0),
            share(journeys.stayed[at], journeys.customers[at], few),
        )
        for at in often
        if journeys.customers[at] >= few
    )


def _labels(journeys: Paths, back: int) -> Labels:
    """Of each journey, its touchpoint `back` from the end; NONE where it is shorter."""
    labels = np.array([*journeys.names, NONE])[journeys.steps[:, -back]]
    sizes = pd.Series(journeys.customers).groupby(labels).sum().drop([NONE, OTHER], errors="ignore")
    return np.where(np.isin(labels, [*sizes.nlargest(LABELS).index, NONE]), labels, OTHER)


def _counted(back: int, source: Labels, target: Labels, customers: Codes) -> list[Step]:
    told = source != NONE
    ends = pd.DataFrame({"source": source[told], "target": target[told], "customers": customers[told]})
    sizes = ends.groupby(["source", "target"], as_index=False).customers.sum()
    return [
        Step(back, begin, end, int(size))
        for begin, end, size in zip(sizes.source, sizes.target, sizes.customers, strict=True)
    ]
