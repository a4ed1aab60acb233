"""What had been put before a customer when a past decision was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from configs.policy import Policy
from decisioning.eligibility import Contact


def by_customer(shown: Iterable[tuple[str, Contact]]) -> dict[str, list[Contact]]:
    """Contacts under the customer each was made to."""
    found: dict[str, list[Contact]] = {}
    for customer_id, contact in shown:
        found.setdefault(customer_id, []).append(contact)
    return found


def window(policy: Policy) -> timedelta:
    """How far back the caps of `policy` look."""
    return timedelta(days=max((cap.window_days for cap in policy.caps), default=0.0))


def earlier(
    customers: Sequence[str], instants: Sequence[datetime], shown: Mapping[str, Sequence[Contact]], back: timedelta
) -> list[tuple[Contact, ...]]:
    """For each customer and instant, the contacts before it and not longer ago than `back`."""
    return [
        tuple(contact for contact in shown.get(customer_id, ()) if now - back < contact.at < now)
        for customer_id, now in zip(customers, instants, strict=True)
    ]
