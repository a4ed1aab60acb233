"""The ledger's tables: the part of the data contract that the service writes and everyone else reads.

Instants are ISO 8601 text in UTC with microseconds, so that SQLite and PostgreSQL sort them alike.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Table, Text

METADATA = MetaData()

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("decision_id", Text, primary_key=True),
    Column("idempotency_key", Text, unique=True),
    Column("body_hash", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("decided_at", Text, nullable=False),  # the wall clock or the data clock: the instant decided for
    Column("arm", Text, nullable=False),  # policy | random | acceptance | no_levers | holdout
    Column("policy_version", Text, nullable=False),
    Column("policy_hash", Text, nullable=False),  # of DOCUMENTS
    Column("catalogue_hash", Text, nullable=False),  # of DOCUMENTS
    Column("prices_version", Text, nullable=False),  # of PRICES, empty for none
    Column("models", Text, nullable=False),  # JSON: [{name, version}]
    Column("p_churn", Float),
    Column("value_at_stake", Float),
    Column("offer_id", Text),  # first offer of the answer, null for nothing
    Column("channel", Text),
    Column("selection_probability", Float, nullable=False),
    Column("features", Text, nullable=False),  # JSON: {"values": {...}, "by_kind": {...}}
    Column("features_hash", Text, nullable=False),
    Column("degraded", Text, nullable=False),  # JSON list
    Column("trace", Text, nullable=False),  # JSON: what else the decision rested on, for replay
    Column("request", Text, nullable=False),  # JSON as received
    Column("response", Text, nullable=False),  # JSON as sent
    Index("decisions_by_customer", "customer_id", "decided_at"),
)

OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("outcome_id", Text, primary_key=True),
    Column("body_hash", Text, nullable=False),
    Column("decision_id", Text, nullable=False, index=True),
    Column("customer_id", Text, nullable=False),
    Column("offer_id", Text),
    Column("kind", Text, nullable=False),
    Column("value", Float),
    Column("occurred_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Index("outcomes_by_customer", "customer_id", "occurred_at"),
)

UNMATCHED = Table(  # outcomes that no decision explains, kept aside as they came
    "unmatched",
    METADATA,
    Column("outcome_id", Text, primary_key=True),
    Column("body_hash", Text, nullable=False),
    Column("decision_id", Text, nullable=False, index=True),
    Column("offer_id", Text),
    Column("kind", Text, nullable=False),
    Column("value", Float),
    Column("occurred_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("reason", Text, nullable=False),  # unknown decision | before its decision
)

CONTACTS = Table(  # one row per offer made, in real time or by a campaign
    "contacts",
    METADATA,
    Column("decision_id", Text, primary_key=True),
    Column("offer_id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("contacts_by_customer", "customer_id", "at"),
)

BUDGET_USE = Table(  # the hard stop of every budget: whole millionths, so that sums are exact
    "budget_use",
    METADATA,
    Column("budget", Text, primary_key=True),
    Column("period", Text, primary_key=True),  # the instant it began
    Column("used", BigInteger, nullable=False),
)

PRICES = Table(  # shadow prices of budgets, the latest of which steers decisions
    "prices",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("made_at", Text, nullable=False, index=True),
    Column("policy_hash", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON: {budget: price}
)

DOCUMENTS = Table(  # policies and catalogues that decisions were made under, by the hash of their text
    "documents",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # policy | catalogue
    Column("text", Text, nullable=False),
)

CAMPAIGNS = Table(  # decisions made in batch: one Parquet file each, decision_id is <campaign_id>-<row>
    "campaigns",
    METADATA,
    Column("campaign_id", Text, primary_key=True),
    Column("decided_at", Text, nullable=False, index=True),
    Column("policy_version", Text, nullable=False),
    Column("policy_hash", Text, nullable=False),
    Column("catalogue_hash", Text, nullable=False),
    Column("prices_version", Text, nullable=False),
    Column("models", Text, nullable=False),  # JSON: [{name, version}]
    Column("rows", Integer, nullable=False),
    Column("path", Text, nullable=False),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("event_id", Text, primary_key=True),
    Column("body_hash", Text, nullable=False),
    Column("table", Text, nullable=False),
    Column("customer_id", Text, nullable=False, index=True),
    Column("row", Text, nullable=False),  # JSON in the canonical table's columns
    Column("occurred_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
)


def to_text(instant: datetime) -> str:
    """An aware instant as the ledger writes it, e.g. 2017-11-06T00:00:00.000000+00:00."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def to_instant(text: str) -> datetime:
    """The inverse of `to_text`."""
    return datetime.fromisoformat(text)
