"""A campaign by hand: three decisions, the second of a customer who was left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from serving.archive import Archive
from serving.campaigns import SCHEMA, decision_id
from serving.entries import CampaignEntry, ContactEntry
from tests.serving.fakes import NOW

CAMPAIGN = CampaignEntry("autumn-1", NOW, "test-1", "p", "c", "v1", '[{"name": "m", "version": "2"}]', 3, "a.parquet")
OFFERS = ("o1", None, "o2")


def row(number: int, campaign_id: str = CAMPAIGN.campaign_id) -> Mapping[str, object]:
    offer_id = OFFERS[number % len(OFFERS)]
    money = dict.fromkeys(("margin", "cost", "contact_cost", "lever", "preference", "shadow_cost"), 0.5)
    return {
        **dict.fromkeys(SCHEMA.names),
        **money,
        "decision_id": decision_id(campaign_id, number),
        "customer_id": f"c{number}",
        "decided_at": NOW,
        "arm": "policy",
        "offer_id": offer_id,
        "channel": "email" if offer_id else None,
        "selection_probability": 0.9,
        "net_value": 1.5,
        "p_accept": 0.25,
        "evidence": "none",
        "candidates": 4,
    }


def write(folder: Path, rows: int = CAMPAIGN.rows, group: int = 2) -> None:
    """The file of `CAMPAIGN`, in groups of rows."""
    table = pa.Table.from_pylist([row(number) for number in range(rows)], SCHEMA)
    pq.write_table(table, folder / CAMPAIGN.path, row_group_size=group)


def contacts() -> list[ContactEntry]:
    """The offers that `CAMPAIGN` makes."""
    made = [(number, offer_id) for number, offer_id in enumerate(OFFERS) if offer_id]
    return [
        ContactEntry(decision_id(CAMPAIGN.campaign_id, at), offer_id, "email", f"c{at}", NOW) for at, offer_id in made
    ]


def keep(archive: Archive, folder: Path, rows: int = CAMPAIGN.rows) -> None:
    """Write and record `CAMPAIGN`, which says that it made `rows`."""
    write(folder)
    archive.record_campaign(replace(CAMPAIGN, rows=rows), contacts(), ())
