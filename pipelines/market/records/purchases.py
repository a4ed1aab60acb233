"""Purchases, bills and loyalty points."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.market import lives
from pipelines.market.arrays import Flags, Index, Vector
from pipelines.market.climate import climate
from pipelines.market.records.block import WEEK_SECONDS, Block, names, within

CATEGORIES = ("fruit", "bakery", "drinks", "snacks", "household", "beauty", "baby", "pets", "membership")
MEMBERSHIP = len(CATEGORIES) - 1
CHANNELS = ("store", "web", "app")
TIERS = ("bronze", "silver", "gold")
TIER_POINTS = (250.0, 800.0)
VOUCHER = 200.0  # points, paid out whenever another 200 are full


def transactions(block: Block, rng: np.random.Generator, *, favourite: Index | None = None) -> pa.Table:
    """One row per purchase and per bill; to a cent each, they add up to the week's amount and margin.

    `favourite` is each customer's category, where it is known already; else it is drawn.
    """
    bought, bills = _purchases(block, rng, favourite), _bills(block, rng)
    return pa.concat_tables([bought, bills], promote_options="none")


def _purchases(block: Block, rng: np.random.Generator, favourite: Index | None) -> pa.Table:
    week, who = block.events("purchases")
    place = _place_in_group(week * block.customers + who)
    bargain = place < block.of("discounted", week, who)
    share = _shares(block, week, who, bargain, rng)
    bill = np.where(block.of("billed", week, who), lives.margin_of_bill(block.traits)[who], 0.0)
    amount = share * block.of("amount", week, who)
    return pa.table(
        {
            "customer_id": block.who(who),
            "occurred_at": block.at(within(week, rng)),
            "amount": np.round(amount, 2),
            "margin": np.round(share * (block.of("margin", week, who) - bill), 2),
            "quantity": 1.0 + rng.poisson(amount / 4.0),
            "category": names(CATEGORIES, _tastes(block, who, rng, favourite)),
            "channel": names(CHANNELS, _where(block, week, who, rng)),
            "discount": np.where(bargain, np.round(amount * lives.DISCOUNT / (1.0 - lives.DISCOUNT), 2), 0.0),
        }
    )


def _shares(block: Block, week: Index, who: Index, bargain: Flags, rng: np.random.Generator) -> Vector:
    """Each purchase's part of its customer's week; they sum to one."""
    size = np.exp(0.25 * rng.standard_normal(len(who))) * np.where(bargain, 1.0 - lives.DISCOUNT, 1.0)
    group = week * block.customers + who
    return np.asarray(size / np.bincount(group, size)[group])


def _place_in_group(group: Index) -> Index:
    """0, 1, ... within each run of equal values."""
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, dtype=np.int64)
    return np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)]))


def favourites(customers: int, rng: np.random.Generator) -> Index:
    """Each customer's favourite category."""
    return rng.integers(0, MEMBERSHIP, customers)


def _tastes(block: Block, who: Index, rng: np.random.Generator, favourite: Index | None) -> Index:
    """Half of what somebody buys is of one favourite category."""
    liked = favourites(block.customers, rng) if favourite is None else favourite
    return np.where(rng.random(len(who)) < 0.5, liked[who], rng.integers(0, MEMBERSHIP, len(who)))


def _where(block: Block, week: Index, who: Index, rng: np.random.Generator) -> Index:
    """The channel of each purchase; covariate drift moves purchases to the app."""
    moved = np.array([climate(number, block.drifts).app for number in range(len(block.weeks))])[week]
    app = 0.5 * block.traits.digital[who] + moved
    u = rng.random(len(who))
    return np.where(u < app, 2, np.where(u < app + 0.12, 1, 0))


def _bills(block: Block, rng: np.random.Generator) -> pa.Table:
    week, who = block.events("billed")
    return pa.table(
        {
            "customer_id": block.who(who),
            "occurred_at": block.at(within(week, rng)),
            "amount": block.traits.fee[who],
            "margin": lives.margin_of_bill(block.traits)[who],
            "quantity": np.ones(len(who)),
            "category": names(CATEGORIES, np.full(len(who), MEMBERSHIP)),
            "channel": names(CHANNELS, np.full(len(who), 1)),
            "discount": np.zeros(len(who)),
        }
    )


def loyalty(block: Block) -> pa.Table:
    """Members' points: one a currency unit each week with a purchase, those of offers, and vouchers paid out."""
    offers = [block.catalogue.offers[action.offer] for action in block.catalogue.actions]
    points = np.array([250.0 * (2.0 * offer.depth) ** 2 * (offer.kind == "points") for offer in offers])
    whole = block.whole()
    accepted = whole.matrix("accepted") * np.append(points, 0.0)[whole.matrix("action")]
    earned = (np.floor(whole.matrix("amount")) + accepted) * block.traits.member
    total = np.cumsum(earned, axis=0)
    paid = np.diff(np.floor(total / VOUCHER), axis=0, prepend=0.0) * VOUCHER
    # At the end of a week, the voucher a minute after the points that filled it.
    parts = [_movements(earned, block.told, 1.0, 120.0), _movements(paid, block.told, -1.0, 60.0)]
    week, who, delta, before_end = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pa.table(
        {
            "customer_id": block.who(who),
            "occurred_at": block.at((week + 1.0) * WEEK_SECONDS - before_end),
            "points_delta": delta,
            "tier": names(TIERS, np.searchsorted(TIER_POINTS, total[week, who])),
        }
    )


def _movements(points: Vector, told: int, sign: float, before_end: float) -> tuple[Index, Index, Vector, Vector]:
    """(week, customer, change, seconds before the week's end) of every week from `told` on in which points moved."""
    week, who = np.nonzero(points[told:])
    week = week + told
    return week, who, sign * points[week, who], np.full(len(week), before_end)
