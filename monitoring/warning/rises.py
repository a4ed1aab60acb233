"""Whose risk rose: the aggregates that a page may tell, and the customers that a list names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.errors import DataError, WorkspaceError
from configs.monitoring import Monitoring
from monitoring.intervals import Floats, Interval, wilson
from monitoring.warning.usual import Usual, usual
from monitoring.warning.watch import Scored, Told, Watch

NOTHING, HELD_OUT, AT_RANDOM, NOT_KNOWN = "nothing", "held out, left alone", "drawn at random when asked", "not known"
EDGES = np.linspace(-0.5, 0.5, 21)  # of rises, as they are drawn
STEPS = (1, 2, 3)  # where bands of rises begin, in multiples of what is told of


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer by name. `loss` is the rise times the value at stake; money is None without a value model."""

    customer_id: str
    before: float
    now: float
    at_stake: float | None
    loss: float | None
    since: datetime
    until: datetime
    told: Told

    @property
    def rise(self) -> float:
        """Of p_churn."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Band:
    """Customers whose risk rose by more than `above` and at most `up_to`; None where they are too few to tell."""

    above: float
    up_to: float
    customers: int | None
    at_stake: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """So many of the customers on the list."""

    name: str
    customers: int


@dataclass(frozen=True)
class Warned:
    """Who rose, told without names. `shares` are of customers by rise between EDGES, 0 where too few to tell.

    `before` are those of the earlier spans together, None without any. `reasons` and `actions` are of the customers on
    the list, groups too small to tell left out. Where nothing can be told `lacking` says why, and the rest is empty.
    """

    lacking: str | None = None
    model: str = ""
    currency: str = ""
    since: datetime | None = None
    until: datetime | None = None
    customers: int = 0
    rose: int = 0
    share: Interval | None = None
    at_stake: float | None = None
    loss: float | None = None
    shares: tuple[float, ...] = ()
    before: tuple[float, ...] | None = None
    bands: tuple[Band, ...] = ()
    usual: Usual | None = None
    listed: int = 0
    reasons: tuple[Part, ...] = ()
    actions: tuple[Part, ...] = ()

    @property
    def more_than_usual(self) -> bool | None:
        """Whether more rose than in one ordinary span of forty; None where what is usual is not known."""
        if self.share is None or self.usual is None or self.usual.most is None:
            return None
        return self.share.value > self.usual.most


def examine(watch: Watch, settings: Monitoring) -> tuple[Warned, tuple[Listed, ...]]:
    """What may be told of everybody, and the customers to be listed by name."""
    try:
        scored = watch.scored()
    except (DataError, WorkspaceError) as error:
        return Warned(lacking=str(error)), ()
    known = np.flatnonzero(~np.isnan(scored.newest.rise))
    if not len(known):
        return Warned(lacking="No customer has a risk at both instants."), ()
    listed = _listed(scored, known, watch, settings)
    return _warned(scored, known, listed, settings), listed


def action(told: Told) -> str:
    """What to do, as a group of customers has it in common."""
    advice = told.advice
    if advice.arm == "holdout":
        return HELD_OUT
    if advice.arm == "random":
        return AT_RANDOM
    if not advice.known:
        return NOT_KNOWN
    return NOTHING if advice.offer_id is None else f"{advice.offer_id} by {advice.channel}"


def _listed(scored: Scored, known: NDArray[np.intp], watch: Watch, settings: Monitoring) -> tuple[Listed, ...]:
    span, asked = scored.newest, settings.early_warning
    rose = known[span.rise[known] > asked.rise]
    loss = _loss(scored)
    order = np.lexsort((-span.rise[rose], -np.nan_to_num(loss[rose], nan=-np.inf)))
    first = rose[order[: asked.most]]
    ids = scored.customer_ids.take(pa.array(first)).to_pylist()
    told = watch.told(ids, span.since, span.until) if ids else ()
    return tuple(
        Listed(
            customer_id,
            float(span.before[at]),
            float(span.now[at]),
            _number(scored.at_stake[at]) if scored.at_stake is not None else None,
            _number(loss[at]),
            span.since,
            span.until,
            one,
        )
        for customer_id, at, one in zip(ids, first.tolist(), told, strict=True)
    )


def _warned(scored: Scored, known: NDArray[np.intp], listed: Sequence[Listed], settings: Monitoring) -> Warned:
    span, asked, few = scored.newest, settings.early_warning, settings.min_group
    rises = span.rise[known]
    up = known[rises > asked.rise]
    earlier = [one.rise for one in scored.earlier]
    return Warned(
        model=scored.model,
        currency=scored.currency,
        since=span.since,
        until=span.until,
        customers=len(known),
        rose=len(up),
        share=wilson(len(up), len(known)),
        at_stake=_sum(scored.at_stake, up, few),
        loss=None if scored.at_stake is None else _sum(_loss(scored), up, few),
        shares=_shares(rises, few),
        before=_shares(np.concatenate(earlier), few) if earlier else None,
        bands=_bands(scored, known, asked.rise, few),
        usual=usual(scored.earlier, asked.rise, len(known)),
        listed=len(listed),
        reasons=_parts((kind for one in listed for kind in {reason.kind for reason in one.told.reasons}), few),
        actions=_parts((action(one.told) for one in listed), few),
    )


def _loss(scored: Scored) -> Floats:
    """What the rise is expected to cost (n,); NaN where the value at stake is not known."""
    if scored.at_stake is None:
        return np.full(len(scored.customer_ids), np.nan)
    return np.asarray(scored.newest.rise * scored.at_stake)


def _bands(scored: Scored, known: NDArray[np.intp], rise: float, few: int) -> tuple[Band, ...]:
    """By how much customers rose; a band of too few is one with that beside it, so that none is told by subtraction."""
    rises = scored.newest.rise[known]
    edges = [*(edge for edge in np.round(rise * np.array(STEPS), 9).tolist() if edge < 1.0), 1.0]
    while len(edges) > 2 and (small := _first_small(rises, edges, few)) is not None:
        edges.pop(max(small, 1))
    bands = [(low, high, known[(rises > low) & (rises <= high)]) for low, high in pairwise(edges)]
    return tuple(
        Band(low, high, len(rows) if len(rows) >= few or not len(rows) else None, _sum(scored.at_stake, rows, few))
        for low, high, rows in bands
    )


def _first_small(rises: Floats, edges: Sequence[float], few: int) -> int | None:
    counts = [int(((rises > low) & (rises <= high)).sum()) for low, high in pairwise(edges)]
    return next((at for at, count in enumerate(counts) if 0 < count < few), None)


def _sum(values: Floats | None, rows: NDArray[np.intp], few: int) -> float | None:
    """The sum over `rows` of what is known; None where they are too few to tell, or nothing is known."""
    if values is None or len(rows) < few or np.isnan(values[rows]).all():
        return None
    return float(np.nansum(values[rows]))


def _shares(rises: Floats, few: int) -> tuple[float, ...]:
    known = rises[~np.isnan(rises)]
    counts, _ = np.histogram(np.clip(known, EDGES[0], EDGES[-1]), EDGES)
    told = np.where(counts >= few, counts, 0)
    return tuple((told / max(1, len(known))).tolist())


def _parts(names: Iterable[str], few: int) -> tuple[Part, ...]:
    return tuple(Part(name, count) for name, count in Counter(names).most_common() if count >= few)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
