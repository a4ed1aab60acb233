"""Who the customers are: what stays the same about each, seen or unseen."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pipelines.market.arrays import Flags, Index, Vector, logistic
from pipelines.market.catalogue import CHANNELS
from pipelines.market.climate import Drift

REGIONS = ("north", "east", "south", "west", "capital")
SOURCES = ("search", "friends", "deals", "social")
PLANS = ("none", "monthly", "premium")
FEES = np.array([0.0, 6.0, 14.0])  # paid every four weeks while the contract runs
BILL_WEEKS = 4
FEE_MARGIN = 0.8
LONGEST_PAST_WEEKS = 208
ARRIVING = 0.2  # share of the customers who sign up during the simulated year


@dataclass(frozen=True, slots=True)
class Traits:
    """One array each, a value per customer. Seen: age to member. Unseen, but for their traces: rate to attachment.

    `arrives` is the week of signing up, negative before the simulation; `bill` the phase of the bill within four weeks.
    """

    age: Vector
    region: Index
    source: Index
    plan: Index
    member: Flags
    arrives: Index
    bill: Index
    consents: Flags  # (customers, channels)
    rate: Vector  # purchases a week while active
    basket: Vector  # mean amount of a purchase
    deal: Vector  # 0 to 1: lives for bargains
    digital: Vector  # 0 to 1: at home in apps and e-mail
    touchy: Vector  # 0 to 1: is put off by advertising
    unlucky: Vector  # probability of a service failure in a week
    loose: Vector  # log hazard of leaving against the average's

    @property
    def contract(self) -> Flags:
        """Whether the customer is one for contracts."""
        return np.asarray(self.plan > 0)

    @property
    def fee(self) -> Vector:
        """What the contract costs every four weeks."""
        return np.asarray(FEES[self.plan], dtype=np.float64)

    def head(self, rows: int) -> Traits:
        """The first `rows` customers."""
        return Traits(*(getattr(self, field.name)[:rows] for field in fields(self)))


def draw(customers: int, rng: np.random.Generator, weeks: int, drifts: tuple[Drift, ...] = ()) -> Traits:
    """Draw `customers` people. Under covariate drift those who sign up after its week are younger bargain hunters."""
    z = rng.standard_normal((7, customers))
    u = rng.random((6, customers))
    arrives = _arrivals(u[0], weeks)
    late = _since(arrives, drifts)
    age = np.clip(np.round(46.0 + 15.0 * z[0] - 14.0 * late), 18.0, 90.0)
    source = np.searchsorted([0.4, 0.6, 0.8], np.where(late, 0.6 + 0.4 * u[1], u[1]))
    deal = logistic(-0.8 + 3.0 * z[1] + 1.2 * (source == 2) + 0.8 * late)
    plan = np.searchsorted([0.62, 0.86], u[2])
    region = np.searchsorted([0.25, 0.45, 0.65, 0.8], u[3])
    touchy = logistic(-1.2 + 1.1 * z[2] + 0.03 * (age - 46.0))
    return Traits(
        age=age,
        region=region,
        source=source,
        plan=plan,
        member=u[4] < 0.6,
        arrives=arrives,
        bill=(u[5] * BILL_WEEKS).astype(np.int64),
        consents=rng.random((customers, len(CHANNELS))) < 0.98 - 0.06 * touchy[:, None],
        rate=np.clip(1.8 * np.exp(0.25 * z[3] + 0.1 * (plan > 0)), 0.4, 5.0),
        basket=10.0 * np.exp(0.25 * z[4] + 0.15 * (region == 4)),
        deal=deal,
        digital=logistic(0.2 - 0.1 * (age - 46.0) + 2.2 * z[5]),
        touchy=touchy,
        unlucky=np.clip(0.02 * np.exp(0.4 * z[6] + 0.6 * (region == 1)), 0.0, 0.2),
        loose=0.5 * rng.standard_normal(customers) + 0.35 * (source == 2) - 0.25 * (source == 1),
    )


def _arrivals(u: Vector, weeks: int) -> Index:
    """A fifth arrives evenly over the simulated weeks, the rest over the years before."""
    during = np.floor(u / ARRIVING * weeks)
    before = -1.0 - np.floor((u - ARRIVING) / (1.0 - ARRIVING) * LONGEST_PAST_WEEKS)
    return np.where(u < ARRIVING, during, before).astype(np.int64)


def _since(arrives: Index, drifts: tuple[Drift, ...]) -> Flags:
    begun = [drift.week for drift in drifts if drift.kind == "covariate"]
    return np.asarray(arrives >= min(begun)) if begun else np.zeros(len(arrives), dtype=bool)
