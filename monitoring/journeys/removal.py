"""The removal effect: by how much the share that stays would fall in a chain of touchpoints without one of them.

It attributes; it does not show what a touchpoint brings about. Source: Anderl et al. 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from monitoring.intervals import LEVEL, Floats, Interval
from monitoring.journeys.paths import Paths
from monitoring.retention.rates import Share, share

BATCH = 20  # resamples held at once


@dataclass(frozen=True, slots=True)
class Removal:
    """The relative fall of the share that stays without `touchpoint`; `stayed` is of those whose journey held it."""

    touchpoint: str
    stayed: Share
    effect: Interval


def removals(found: Paths, few: int, *, resamples: int, rng: np.random.Generator) -> tuple[Removal, ...]:
    """Of the touchpoints of `few` customers or more, largest first; empty where fewer stayed.

    Customers are resampled. A customer drawn a Poisson number of times makes a path of n customers a Poisson number
    with mean n, so that distinct paths are drawn rather than customers.
    """
    journeys = found.journeys()
    if journeys.stayed.sum() < few:
        return ()
    moves, counts = _moves(journeys), np.concatenate([journeys.stayed, journeys.left])
    value = _effects_of(counts[None, :].astype(np.float64), moves)[0]
    sizes = [min(BATCH, resamples - done) for done in range(0, resamples, BATCH)]
    drawn = [_effects_of(rng.poisson(counts, (size, len(counts))).astype(np.float64), moves) for size in sizes]
    low, high = np.nanquantile(np.concatenate(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    ends = zip(value.tolist(), low.tolist(), high.tolist(), strict=True)
    told = [
        Removal(name, share(journeys.stayed[held].sum(), journeys.customers[held].sum(), few), Interval(*effect))
        for at, (name, effect) in enumerate(zip(journeys.names, ends, strict=True))
        if journeys.customers[held := (journeys.steps == at).any(axis=1)].sum() >= few
    ]
    return tuple(sorted(told, key=lambda one: -one.effect.value))


def effects(counts: Floats) -> Floats:
    """The removal effect of each touchpoint, from how often each state was followed by each (..., states, states).

    States are the start, the touchpoints, stayed, left. What comes to a touchpoint taken out leaves, so the share that
    stays falls by that which comes to it at all, times that which stays of a visit to it. With N the fundamental
    matrix, N[0, j] / N[j, j] come to j (Kemeny and Snell 1960). nan where nobody stays.
    """
    shares = counts[..., :-2, :] / np.maximum(counts[..., :-2, :].sum(axis=-1, keepdims=True), 1.0)
    visits = np.linalg.inv(np.eye(shares.shape[-2]) - shares[..., :-2])
    stays = (visits @ shares[..., -2, None])[..., 0]
    reached = visits[..., 0, :] / np.diagonal(visits, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray((reached * stays)[..., 1:] / stays[..., :1])


def _effects_of(weights: Floats, moves: sparse.csr_array) -> Floats:
    """(draws, touchpoints), from (draws, paths) weights."""
    counts = (moves.T @ weights.T).T
    states = round(counts.shape[1] ** 0.5)
    return effects(counts.reshape(-1, states, states))


def _moves(found: Paths) -> sparse.csr_array:
    """How often each path takes each move from state to state: first the paths as they stayed, then as they left."""
    paths, states = len(found.steps), len(found.names) + 3
    visited = np.pad(found.steps + 1, ((0, 0), (1, 0)))  # from the start, which also fills the places before the first
    path, place = np.nonzero(visited[:, 1:])
    between = visited[path, place] * states + visited[path, place + 1]
    rows, columns = [], []
    for half, end in enumerate((states - 2, states - 1)):
        rows += [path + half * paths, np.arange(paths) + half * paths]
        columns += [between, visited[:, -1] * states + end]
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_array((np.ones(len(row)), (row, column)), shape=(2 * paths, states**2))
