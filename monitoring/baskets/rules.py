"""Association rules: of the baskets with one item, the share that hold another, against that of all baskets.

Rules are of two items: longer ones mostly repeat them. Sources: Agrawal et al. 1993; Brin et al. 1997 (lift).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.baskets.items import ACCEPTED, Baskets
from monitoring.baskets.lifts import Pairs, lifts
from monitoring.intervals import Interval

LEAST, MOST = 0.01, 0.5  # of baskets, that hold an item; what is in most of them follows everything
TOLD = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has `given` also has `then`, a category bought or an offer accepted; `customers` had both at once.

    `support` is the share of baskets with both, `confidence` that of the baskets with `given`, and `lift` is confidence
    over the share of all baskets with `then`.
    """

    given: str
    verb: str
    then: str
    customers: int
    support: Interval
    confidence: Interval
    lift: Interval


@dataclass(frozen=True)
class Rules:
    """Rules with a lift above 1 beyond chance: `found` in all, the strongest `told`.

    From so many `baskets` of `customers`, of `of` in all; `several` hold more than one item. `pairs` were compared.
    """

    baskets: int
    customers: int
    of: int
    several: int
    pairs: int
    found: int
    told: tuple[Rule, ...]


def together(baskets: Baskets, few: int) -> Rules:
    """Pairs of items in one basket, each told once: from the item that says more about the other."""
    least = LEAST * baskets.held.shape[0]
    often = _often(baskets, least)
    return _rules(baskets, _pairs(baskets, often, often, least), len(often) * (len(often) - 1) // 2, few)


def alongside(baskets: Baskets, few: int) -> Rules:
    """Offers accepted, each with the other offers accepted and the categories bought by the same customers."""
    often = _often(baskets, few)
    offers = often[np.isin(np.array(baskets.verbs)[often], ACCEPTED)]
    family = len(offers) * (len(often) - len(offers)) + len(offers) * (len(offers) - 1) // 2
    return _rules(baskets, _pairs(baskets, offers, often, few), family, few)


def _often(baskets: Baskets, least: float) -> NDArray[np.intp]:
    sizes = baskets.held.sum(axis=0)
    return np.flatnonzero((sizes >= least) & (sizes <= MOST * baskets.held.shape[0]))


def _pairs(baskets: Baskets, given: NDArray[np.intp], then: NDArray[np.intp], least: float) -> Pairs:
    """Those in `least` baskets and in more than independent ones would be.

    Of two items that may both be given, the one in fewer baskets leads: its confidence is the higher.
    """
    held, sizes = baskets.held, baskets.held.sum(axis=0)
    both = (held[:, given].T @ held[:, then]).toarray()
    chance = sizes[given][:, None] * sizes[then] / held.shape[0]
    row, column = np.nonzero((both >= least) & (both > chance))
    first, second = given[row], then[column]
    fewer = (sizes[first] < sizes[second]) | ((sizes[first] == sizes[second]) & (first < second))
    pairs: Pairs = np.column_stack([first, second])[fewer | ~np.isin(second, given)]
    return pairs


def _rules(baskets: Baskets, pairs: Pairs, family: int, few: int) -> Rules:
    measured = lifts(baskets, pairs)
    found, level = measured.found(family, few)
    told = []
    for at in found:
        (given, then), lift = pairs[at], measured.interval(at, level)
        names = baskets.names[given], baskets.verbs[then], baskets.names[then]
        told.append(Rule(*names, int(measured.customers[at]), measured.support(at), measured.confidence(at), lift))
    return Rules(
        baskets=baskets.held.shape[0],
        customers=int(baskets.customers.max()) + 1,
        of=baskets.of,
        several=int((baskets.held.sum(axis=1) > 1).sum()),
        pairs=family,
        found=len(told),
        told=tuple(sorted(told, key=lambda rule: -rule.lift.low)[:TOLD]),
    )
