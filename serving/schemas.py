"""What may be asked: strict, immutable requests in which no unknown field passes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

MAX_CUSTOMERS = 1000
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


def _plausible(instant: datetime) -> datetime:
    if instant < EARLIEST:
        raise ValueError(f"must not be before {EARLIEST.date()}")
    return instant


# Control characters are refused: PostgreSQL does not store NUL, and a line break would forge a log line.
Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, StringConstraints(max_length=2000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Scalar = bool | Number | Text | None
Cell = bool | int | Number | Text | list[Text] | None
Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]
OutcomeKind = Literal["viewed", "opened", "clicked", "accepted", "declined", "converted", "churned", "renewed"]
EventTable = Literal[
    "customers",
    "transactions",
    "interactions",
    "feedback",
    "subscriptions",
    "loyalty",
    "treatments",
    "outcomes",
    "consents",
]


class Ask(BaseModel):
    """Base of every request: immutable, strict, no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ScoreRequest(Ask):
    """Score customers by id, or one person who is not in the records yet by declared attributes."""

    customer_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_CUSTOMERS)] | None = None
    attributes: Annotated[dict[Id, Scalar], Field(min_length=1, max_length=500)] | None = None
    explain: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> ScoreRequest:
        if (self.customer_ids is None) == (self.attributes is None):
            raise ValueError("give either customer_ids or attributes")
        return self


class DecideRequest(Ask):
    """Ask for the next best action for one customer."""

    customer_id: Id
    context: Annotated[dict[Id, Scalar], Field(max_length=100)] = {}
    item_count: Annotated[int, Field(ge=1, le=10)] = 1
    excluded_offers: Annotated[list[Id], Field(max_length=1000)] = []
    explain: Literal["none", "reasons", "full"] = "none"


class OutcomeRequest(Ask):
    """Report what became of a decision. `offer_id` may be left out where the outcome is of no single offer."""

    outcome_id: Id
    decision_id: Id
    offer_id: Id | None = None
    kind: OutcomeKind
    value: Number | None = None
    occurred_at: Instant


class EventRequest(Ask):
    """Report one row of a canonical table; it reaches the next decision of that customer."""

    event_id: Id
    table: EventTable
    row: Annotated[dict[Id, Cell], Field(min_length=1, max_length=500)]
