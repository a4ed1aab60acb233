"""The data contract: the ten canonical tables, their columns and what each may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from configs.channels import CHANNELS

Kind = Literal["text", "number", "integer", "instant", "flag", "list"]

INTERACTION_KINDS = ("visit", "open", "click", "login", "view", "call", "unsubscribe")
FEEDBACK_KINDS = ("nps", "csat", "ces", "complaint", "ticket", "review")
OUTCOME_KINDS = ("viewed", "opened", "clicked", "accepted", "declined", "converted", "churned", "renewed")
CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a canonical table. `allowed` lists the only values a text may take; instants are UTC."""

    name: str
    kind: Kind
    required: bool = False  # every row must have a value
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    may_be_future: bool = False  # a renewal or an offer's end may lie ahead


@dataclass(frozen=True, slots=True)
class Table:
    """A canonical table. `unique` is its key, empty where rows are events; `instant` orders the rows of a customer."""

    name: str
    columns: tuple[Column, ...]
    instant: str | None
    unique: tuple[str, ...] = ()
    attributes: bool = False  # further columns are declared attributes

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in contract order."""
        return tuple(column.name for column in self.columns)


def _required(name: str, kind: Kind = "text", allowed: tuple[str, ...] = ()) -> Column:
    return Column(name, kind, required=True, allowed=allowed)


_CUSTOMER = _required("customer_id")
_OCCURRED = _required("occurred_at", "instant")
_CHANNEL = Column("channel", "text", allowed=CHANNELS)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("customers", (_CUSTOMER, _required("signed_up_at", "instant")), "signed_up_at", ("customer_id",), True),
        Table(
            "transactions",
            (
                _CUSTOMER,
                _OCCURRED,
                _required("amount", "number"),
                Column("margin", "number"),
                Column("quantity", "number"),
                Column("category", "text"),
                Column("categories", "list"),
                _CHANNEL,
                Column("discount", "number"),
            ),
            "occurred_at",
        ),
        Table(
            "interactions",
            (
                _CUSTOMER,
                _OCCURRED,
                _required("channel", allowed=CHANNELS),
                _required("kind", allowed=INTERACTION_KINDS),
            ),
            "occurred_at",
        ),
        Table(
            "feedback",
            (
                _CUSTOMER,
                _OCCURRED,
                _required("kind", allowed=FEEDBACK_KINDS),
                Column("score", "number"),
                Column("sentiment", "number", minimum=-1, maximum=1),
            ),
            "occurred_at",
        ),
        Table(
            "subscriptions",
            (
                _CUSTOMER,
                _required("started_at", "instant"),
                Column("ended_at", "instant", may_be_future=True),
                Column("renews_at", "instant", may_be_future=True),
                Column("plan", "text"),
                Column("price", "number", minimum=0),
            ),
            "started_at",
        ),
        Table(
            "loyalty",
            (_CUSTOMER, _OCCURRED, Column("points_delta", "number"), Column("tier", "text")),
            "occurred_at",
        ),
        Table(
            "offers",
            (
                _required("offer_id"),
                Column("name", "text"),
                _required("kind"),
                Column("cost", "number", minimum=0),
                Column("value", "number"),
                Column("channels", "list", required=True, allowed=CHANNELS),
                Column("valid_from", "instant", may_be_future=True),
                Column("valid_to", "instant", may_be_future=True),
                Column("capacity", "integer", minimum=0),
                Column("categories", "list"),
                Column("eligibility", "text"),
            ),
            None,
            ("offer_id",),
            True,
        ),
        Table(
            "treatments",
            (
                _CUSTOMER,
                _OCCURRED,
                _required("offer_id"),
                _CHANNEL,
                Column("decision_id", "text"),
                Column("propensity", "number", minimum=0, maximum=1),
            ),
            "occurred_at",
        ),
        Table(
            "outcomes",
            (
                _CUSTOMER,
                _OCCURRED,
                _required("kind", allowed=OUTCOME_KINDS),
                Column("value", "number"),
                Column("decision_id", "text"),
                Column("offer_id", "text"),
            ),
            "occurred_at",
        ),
        Table(
            "consents",
            (
                _CUSTOMER,
                _required("channel", allowed=CHANNELS),
                _required("granted", "flag"),
                _required("changed_at", "instant"),
            ),
            "changed_at",
        ),
    )
}
# Not a canonical table: labels that came with the records of a single snapshot.
LABELS = Table("labels", (_CUSTOMER, _required("churned", "flag")), None, ("customer_id",))
ACTIVITY = ("transactions", "interactions", "subscriptions")
