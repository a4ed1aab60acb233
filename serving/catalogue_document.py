"""A catalogue as JSON, so that a decision can be recomputed under the offers of its day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from decisioning.offers import Offer
from serving.catalogue import Catalogue, compiled

INSTANTS = ("valid_from", "valid_to")
KEPT = tuple(field.name for field in fields(Offer) if field.name != "eligible")


def to_document(catalogue: Catalogue) -> str:
    """Every offer, and the kinds of those that are offered no more."""
    offers = [{name: _plain(getattr(offer, name)) for name in KEPT} for offer in catalogue.offers]
    return json.dumps({"offers": offers, "retired": dict(catalogue.retired)}, sort_keys=True, ensure_ascii=False)


def of_document(document: str) -> Catalogue:
    """The inverse of `to_document`."""
    held = json.loads(document)
    return Catalogue(tuple(_offer(row) for row in held["offers"]), held["retired"])


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value


def _offer(row: Mapping[str, Any]) -> Offer:
    instants = {name: datetime.fromisoformat(row[name]) if row[name] else None for name in INSTANTS}
    text = row["eligibility"]
    eligible = compiled(text) if text else None
    return Offer(**{**row, **instants, "channels": tuple(row["channels"]), "eligible": eligible})
