"""Everything a request needs, as ports: built once by `bootstrap`, or from fakes by a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from configs.errors import StoreUnavailable
from configs.policy import Policy
from configs.reasons import Phrasebook
from features.vectors import FeatureReader
from serving.basis import Basis
from serving.catalogue import Catalogue
from serving.entries import DecisionEntry
from serving.ledger import Ledger
from serving.models import Models
from serving.prices import InForce
from serving.schemas import Cell


def no_replay(entry: DecisionEntry) -> Basis:
    """For a runtime that cannot make decisions again."""
    raise StoreUnavailable(f"this service cannot make decision {entry.decision_id} again")


@dataclass(frozen=True, slots=True)
class Runtime:
    """The ports of the service. Requests are answered from several threads, so every port bears that.

    `clock` gives the instant decided for (the wall clock, or the data clock of historical records) and `wall` the
    instant a row was received. `check_row` names what breaks the data contract. `refresh` brings the events of one
    customer into the features and raises StoreUnavailable. `prices` are the shadow prices in force, `campaigns` is the
    folder of decisions made in batch, and `again` makes a stored decision again (`serving.replay`).
    """

    features: FeatureReader
    models: Models
    catalogue: Catalogue
    policy: Policy
    ledger: Ledger
    phrases: Phrasebook
    clock: Callable[[], datetime]
    wall: Callable[[], datetime]
    new_id: Callable[[], str]
    check_row: Callable[[str, Mapping[str, Cell], datetime], list[str]]
    refresh: Callable[[str], None]
    prices: Callable[[], InForce] = InForce
    campaigns: Path = Path("campaigns")
    again: Callable[[DecisionEntry], Basis] = no_replay
