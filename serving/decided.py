"""Which customer a decision was for and what it made, whether it was made in real time or by a campaign."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from configs.errors import NotFound
from serving.answers import DecideAnswer, to_json
from serving.archive import Archive
from serving.campaign_answer import campaign_answer
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


def answered(runtime: Runtime, decision_id: str) -> bytes:
    """A decision as JSON: as it was answered, or from the row of its campaign. Raises NotFound."""
    try:
        return runtime.ledger.find_decision(decision_id).response.encode()
    except NotFound:
        return to_json(of_campaign(runtime.campaigns, Archive(runtime.ledger.engine), decision_id))


def of_campaign(folder: Path, archive: Archive, decision_id: str) -> DecideAnswer:
    """A campaign's decision as an answer. Raises NotFound, and StoreUnavailable where its file is not there."""
    row = read_row(folder, archive, decision_id)
    return campaign_answer(row, archive.campaign(decision_id.rpartition("-")[0]))


def _of_campaign(runtime: Runtime, decision_id: str) -> Made:
    """A customer whom a campaign left alone, of whom no contact is on record."""
    row = read_row(runtime.campaigns, Archive(runtime.ledger.engine), decision_id)
    return Made(row["customer_id"], row["decided_at"], (row["offer_id"],) if row["offer_id"] else ())
