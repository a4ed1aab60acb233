"""Budgets: money, contacts and units that offers use, and how much of each may be used by an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from decisioning.offers import Offer

Measure = Literal["money", "contacts", "units"]
Counting = Literal["full", "expected"]
Pacing = Literal["none", "even"]
MONDAY = datetime(1970, 1, 5, tzinfo=UTC)  # periods are counted from here, so that weeks begin on Mondays
SLACK = 1e-9  # of a budget: sums of uses are not exact, the ledger's whole numbers are
PACE_AHEAD = 0.1  # of the limit, which even pacing allows beforehand: the first hour would be allowed next to nothing


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `limit` >= 0 in each period of `period_days`, or for ever where that is None.

    It covers the actions that match each of `offer_id`, `kind` and `channel` that is given. `money` is what contacts
    and acceptances cost, `contacts` how many are made, `units` how many are accepted. Counted in full, an offer made
    uses what it would if accepted, so that no acceptance can overrun the limit; `expected` counts acceptances by
    p_accept. Paced evenly, no more is used by an instant than the period's share until then, and PACE_AHEAD.
    """

    name: str
    of: Measure
    limit: float
    period_days: float | None = None
    offer_id: str | None = None
    kind: str | None = None
    channel: str | None = None
    counts: Counting = "full"
    pacing: Pacing = "none"

    def use(self, offer: Offer, channel: str, contact_cost: float) -> tuple[float, float]:
        """(fixed, per acceptance): an offer on a channel uses fixed + per acceptance x p_accept; 0 if not covered."""
        if not self._covers(offer, channel):
            return 0.0, 0.0
        fixed = {"money": contact_cost, "contacts": 1.0, "units": 0.0}[self.of]
        accepted = {"money": offer.cost, "contacts": 0.0, "units": 1.0}[self.of]
        return (fixed + accepted, 0.0) if self.counts == "full" else (fixed, accepted)

    def period(self, now: datetime) -> datetime:
        """When the period that `now` is in began."""
        if self.period_days is None:
            return MONDAY
        length = timedelta(days=self.period_days)
        return MONDAY + (now - MONDAY) // length * length

    def released(self, now: datetime) -> float:
        """How much of the limit may be used by `now`."""
        if self.pacing == "none" or self.period_days is None:
            return self.limit
        elapsed = (now - self.period(now)) / timedelta(days=self.period_days)
        return self.limit * min(1.0, elapsed + PACE_AHEAD)

    def _covers(self, offer: Offer, channel: str) -> bool:
        return (
            self.offer_id in (None, offer.offer_id)
            and self.kind in (None, offer.kind)
            and self.channel in (None, channel)
        )


@dataclass(frozen=True, slots=True)
class Prices:
    """Shadow prices: what one more of each budget, by name, would be worth in currency. Found in batch, used online."""

    version: str = ""
    by_budget: Mapping[str, float] = field(default_factory=dict)


NO_PRICES = Prices()


def capacity(offer: Offer) -> tuple[Budget, ...]:
    """The budget that an offer's capacity is: its units, over its whole validity."""
    if offer.capacity is None:
        return ()
    return (Budget(f"capacity of {offer.offer_id}", "units", offer.capacity, offer_id=offer.offer_id),)
