"""Rows of the ledger, as serving writes and reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """One decision; `models`, `features`, `degraded`, `trace`, `request` and `response` are JSON text."""

    decision_id: str
    idempotency_key: str | None
    body_hash: str
    customer_id: str
    decided_at: datetime
    arm: str
    policy_version: str
    policy_hash: str
    catalogue_hash: str
    prices_version: str
    models: str
    p_churn: float | None
    value_at_stake: float | None
    offer_id: str | None
    channel: str | None
    selection_probability: float
    features: str
    features_hash: str
    degraded: str
    trace: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """One observed fact about a decision."""

    outcome_id: str
    body_hash: str
    decision_id: str
    customer_id: str
    offer_id: str | None
    kind: str
    value: float | None
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class EventEntry:
    """One row of a canonical table that reached the service; `row` is JSON text."""

    event_id: str
    body_hash: str
    table: str
    customer_id: str
    row: str
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class UnmatchedEntry:
    """An outcome that no decision explains, and why."""

    outcome_id: str
    body_hash: str
    decision_id: str
    offer_id: str | None
    kind: str
    value: float | None
    occurred_at: datetime
    received_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """An offer that a decision put before the customer."""

    decision_id: str
    offer_id: str
    channel: str
    customer_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """What a decision uses of a budget in the period that began at `period`; `amount` and `limit` in millionths."""

    budget: str
    period: datetime
    amount: int
    limit: int


@dataclass(frozen=True, slots=True)
class PricesEntry:
    """Shadow prices; `body` is JSON text."""

    version: str
    made_at: datetime
    policy_hash: str
    body: str


@dataclass(frozen=True, slots=True)
class CampaignEntry:
    """Decisions made in batch, which are in the Parquet file at `path`; `models` is JSON text."""

    campaign_id: str
    decided_at: datetime
    policy_version: str
    policy_hash: str
    catalogue_hash: str
    prices_version: str
    models: str
    rows: int
    path: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer put before the customer, or declined, at an instant."""

    offer_id: str
    channel: str
    at: datetime
