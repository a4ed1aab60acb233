"""Which customer a decision was for and what it made, whether it was made in real time or by a campaign."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from configs.errors import NotFound
from serving.archive import Archive
from serving.campaigns import read_row
from serving.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Made:
    """A decision as outcomes see it; no `offers` is nothing."""

    customer_id: str
    at: datetime
    offers: tuple[str, ...]


def find(runtime: Runtime, decision_id: str) -> Made:
    """A decision by its id. Raises NotFound."""
    if made := runtime.ledger.contacts_of(decision_id):
        return Made(made[0].customer_id, made[0].at, tuple(contact.offer_id for contact in made))
    try:
        held = runtime.ledger.find_decision(decision_id)
    except NotFound:
        return _of_campaign(runtime, decision_id)
    offers = [offer["offer_id"] for offer in json.loads(held.response)["offers"] if offer["offer_id"]]
    return Made(held.customer_id, held.decided_at, tuple(offers))


def _of_campaign(runtime: Runtime, decision_id: str) -> Made:
    """A customer whom a campaign left alone, of whom no contact is on record."""
    row = read_row(runtime.campaigns, Archive(runtime.ledger.engine), decision_id)
    return Made(row["customer_id"], row["decided_at"], (row["offer_id"],) if row["offer_id"] else ())
