"""Behavioural clusters: found by k-means, explained by a small tree, and from then on drawn by that tree alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.segmentation.boxes import BEHAVIOUR, HABITS, Box

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

FEWEST, MOST = 4, 6  # clusters that a person keeps apart
SAMPLE = 5_000
SMALLEST = 0.05  # share of customers in a leaf
PHRASES = {  # habit -> few, middle, much
    "silent_days": ("bought lately", "silent a while", "silent for longer"),
    "purchases": ("buys seldom", "buys now and then", "buys often"),
    "spend": ("spends less", "spends middling sums", "spends more"),
    "basket": ("smaller baskets", "middling baskets", "larger baskets"),
    "discounted": ("at full price", "at some discounts", "at discounts"),
    "change": ("slowing down", "at an even pace", "speeding up"),
}
UNITS = {
    "silent_days": "days of silence", "purchases": "purchases", "spend": "spent", "basket": "a purchase",
    "discounted": "of purchases at a discount", "change": "purchases more than in the half before",
}  # fmt: skip
Ranges = dict[str, tuple[float | None, float | None]]


def clusters(measured: pd.DataFrame, *, seed: int) -> tuple[Box, ...]:
    """Boxes of BEHAVIOUR from `measured` (HABITS a column, at least as many rows as clusters), biggest first.

    How many is what the silhouette likes best from FEWEST to MOST. Clusters are found among ranks, in which money and
    days weigh alike whatever their scale; each leaf of a tree with as many leaves is a segment. Sources: Rousseeuw 1987
    for the silhouette; Bertsimas, Orfanoudaki and Wiberg 2021 for clusters told by a tree.
    """
    from sklearn.tree import DecisionTreeClassifier

    sample = measured.sample(min(SAMPLE, len(measured)), random_state=seed)
    values = sample[list(HABITS)].to_numpy(np.float64)
    found = _grouped(values, seed)
    count = int(found.max()) + 1
    leaf = max(1, int(SMALLEST * len(values)))
    tree = DecisionTreeClassifier(max_leaf_nodes=max(2, count), min_samples_leaf=leaf, random_state=seed).fit(
        values, found
    )
    agreement = float(tree.score(values, found))
    leaves = sorted(_leaves(tree, 0, {}), key=lambda leaf: -leaf[1])
    names = _names([ranges for ranges, _ in leaves])
    return tuple(
        Box(BEHAVIOUR, name, ranges, _words(ranges), share=rows / len(values), agreement=agreement)
        for name, (ranges, rows) in zip(names, leaves, strict=True)
    )


def _grouped(values: NDArray[np.float64], seed: int) -> NDArray[np.intp]:
    """The cluster of each row."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score
    from sklearn.preprocessing import QuantileTransformer

    ranks = QuantileTransformer(n_quantiles=min(1000, len(values)), random_state=seed).fit_transform(values)
    if len(np.unique(ranks, axis=0)) <= MOST:  # so few kinds that each is its own
        return np.unique(ranks, axis=0, return_inverse=True)[1].ravel()
    tried = [KMeans(count, n_init=4, random_state=seed).fit_predict(ranks) for count in range(FEWEST, MOST + 1)]
    best: NDArray[np.intp] = max(tried, key=lambda one: silhouette_score(ranks, one))
    return best


def _leaves(tree: DecisionTreeClassifier, node: int, ranges: Ranges) -> Iterator[tuple[Ranges, int]]:
    """(ranges, rows) of every leaf under a node."""
    nodes = tree.tree_
    left, right = nodes.children_left[node], nodes.children_right[node]
    if left < 0:
        yield ranges, int(nodes.n_node_samples[node])
        return
    habit, cut = HABITS[nodes.feature[node]], round(float(nodes.threshold[node]), 6)
    above, to = ranges.get(habit, (None, None))
    yield from _leaves(tree, left, {**ranges, habit: (above, cut)})
    yield from _leaves(tree, right, {**ranges, habit: (cut, to)})


def _names(leaves: list[Ranges]) -> list[str]:
    """A name for each, by its phrases; where two would be the same, with the bounds that tell them apart."""
    short = [", ".join(_phrase(habit, ends) for habit, ends in _in_order(ranges)) or "everybody" for ranges in leaves]
    return [
        f"{name} ({_words(ranges)})" if short.count(name) > 1 else name
        for name, ranges in zip(short, leaves, strict=True)
    ]


def _phrase(habit: str, ends: tuple[float | None, float | None]) -> str:
    above, to = ends
    few, middle, much = PHRASES[habit]
    return few if above is None else much if to is None else middle


def _words(ranges: Ranges) -> str:
    return "; ".join(_bounds(habit, *ends) for habit, ends in _in_order(ranges))


def _in_order(ranges: Ranges) -> list[tuple[str, tuple[float | None, float | None]]]:
    return [(habit, ranges[habit]) for habit in HABITS if habit in ranges]


def _bounds(habit: str, above: float | None, to: float | None) -> str:
    low, high = (None if end is None else _number(habit, end) for end in (above, to))
    if low is None:
        return f"up to {high} {UNITS[habit]}"
    return f"over {low} {UNITS[habit]}" if high is None else f"over {low} to {high} {UNITS[habit]}"


def _number(habit: str, value: float) -> str:
    return f"{value:.0%}" if habit == "discounted" else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
