"""Points earned and burnt by tier."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from features.views.view import DAY
from monitoring.retention.records import Records

DAYS = 365


@dataclass(frozen=True, slots=True)
class Tier:
    """The customers of a tier by its latest word, and their points of the last year."""

    tier: str
    customers: int
    earned: float
    burnt: float

    @property
    def burn_rate(self) -> float | None:
        """Points burnt per point earned; None where none was earned."""
        return self.burnt / self.earned if self.earned > 0 else None


def tiers(records: Records) -> tuple[Tier, ...] | None:
    """Most customers first; None without the table. Tiers of too few customers are left out."""
    people = records.once(holders)
    if people is None:
        return None
    found = people.group_by("tier").aggregate(
        customers=ibis._.count(), earned=ibis._.earned.sum(), burnt=ibis._.burnt.sum()
    )
    found = found.filter(found.customers >= records.few).order_by(found.customers.desc())
    return tuple(Tier(row["tier"], row["customers"], row["earned"], row["burnt"]) for row in records.rows(found))


def holders(records: Records) -> ibis.Table | None:
    """(customer_id, tier, earned, burnt) of who has points, those of the last year; None without the table."""
    if not records.has("loyalty"):
        return None
    moved = records.table("loyalty")
    moved = moved.mutate(
        points=moved.points_delta.fill_null(0.0), recent=moved.occurred_at >= records.seconds - DAYS * DAY
    )
    named = moved.tier.argmax(moved.occurred_at, where=moved.tier.notnull())
    people = moved.group_by("customer_id").aggregate(
        tier=named,
        earned=(moved.recent & (moved.points > 0)).ifelse(moved.points, 0.0).sum(),
        burnt=(moved.recent & (moved.points < 0)).ifelse(-moved.points, 0.0).sum(),
    )
    return people.mutate(tier=people.tier.fill_null("none"))
