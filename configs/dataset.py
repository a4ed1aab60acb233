"""A dataset's mapping: where its records are, how they become canonical tables, and what is to be predicted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from configs.loading import Frozen

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sql = Annotated[str, Field(min_length=8)]
TableName = Literal[
    "customers",
    "transactions",
    "interactions",
    "feedback",
    "subscriptions",
    "loyalty",
    "offers",
    "treatments",
    "outcomes",
    "consents",
]


def _whole_second(instant: datetime) -> datetime:
    if instant.microsecond:
        raise ValueError("must be a whole second")
    return instant


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError("is not a time zone such as Europe/Vienna or UTC") from error
    return name


Instant = Annotated[AwareDatetime, AfterValidator(_whole_second)]
Zone = Annotated[str, AfterValidator(_known_zone)]


class Source(Frozen):
    """A file (or glob) and how to read it.

    `path` takes `${VARIABLES}`; `package://NAME/FILE` is a file that an installed package ships. `options` go to
    DuckDB's reader of that format. A CSV is read as text: the contract does the casting.
    """

    path: str
    format: Literal["csv", "parquet", "json"] | None = None  # from the suffix when absent
    options: dict[Name, str | int | float | bool] = Field(default_factory=dict)


class Attribute(Frozen):
    """A declared attribute of customers or offers."""

    kind: Literal["number", "category"] = "category"
    group: Literal["demographic", "geographic", "technographic", "psychographic", "behavioural"] = "demographic"


class Clock(Frozen):
    """What "now" means: the wall clock, or a fixed instant for historical records.

    Without `at`, ingestion fixes a data clock just after the last record.
    """

    kind: Literal["wall", "data"] = "wall"
    at: Instant | None = None


class Snapshots(Frozen):
    """The cadence of training snapshots, counted back from the clock."""

    every_days: int = Field(default=7, ge=1)
    first: Instant | None = None  # default: the first record plus one horizon


class Churn(Frozen):
    """What leaving means.

    `lapse`: no row in the activity table during the horizon, among customers active in the days before.
    `subscription_end`: the subscription that is open at `as_of` ends within the horizon.
    `label`: known for one snapshot only, from `labels` (columns customer_id, churned).
    """

    kind: Literal["lapse", "subscription_end", "label"]
    activity: Literal["transactions", "interactions"] = "transactions"
    horizon_days: int = Field(default=56, ge=1)
    lead_days: int = Field(default=0, ge=0)
    active_within_days: int = Field(default=56, ge=1)
    labels: Sql | None = None
    exclude: tuple[str, ...] = ()  # features the churn model must not use, as globs

    @model_validator(mode="after")
    def _label_needs_sql(self) -> Churn:
        if (self.kind == "label") != (self.labels is not None):
            raise ValueError("`labels` is needed for kind `label`, and for no other kind")
        return self


class Value(Frozen):
    """What is at stake: margin over the horizon. Where records hold no margin, amount x `margin_rate` stands for it."""

    kind: Literal["transactions", "subscription_price"]
    margin_rate: float = Field(default=1.0, gt=0, le=1)


class Acceptance(Frozen):
    """Which outcomes are an acceptance, and how long after the treatment they count (default: the offer's validity)."""

    kinds: tuple[str, ...] = ("accepted", "converted")
    within_days: int | None = Field(default=None, ge=1)


class Segments(Frozen):
    """When segments are measured, and whether models learn from them too.

    Without `measured_at` it is done on the customers one horizon after the first transaction, and from then on holds.
    """

    measured_at: Instant | None = None
    learned: bool = False


class Dataset(Frozen):
    """The mapping of one dataset."""

    name: Name
    about: str = ""
    notice: str = ""  # printed wherever the data is shown
    currency: str = "USD"
    timezone: Zone | None = None  # of instants that carry none; absent: such rows are quarantined
    sources: dict[Name, Source]
    tables: dict[TableName, Sql]
    attributes: dict[Literal["customers", "offers"], dict[Name, Attribute]] = Field(default_factory=dict)
    clock: Clock = Clock()
    snapshots: Snapshots = Snapshots()
    churn: Churn
    value: Value
    acceptance: Acceptance = Acceptance()
    segments: Segments = Segments()
    policy: str = "default"

    @model_validator(mode="after")
    def _required_tables(self) -> Dataset:
        if "customers" not in self.tables:
            raise ValueError("tables: `customers` is required")
        if not {"transactions", "interactions", "subscriptions"} & set(self.tables):
            raise ValueError("tables: one activity table is required: transactions, interactions or subscriptions")
        return self

    def attributes_of(self, table: str) -> dict[str, Attribute]:
        """The declared attributes of a table, by name."""
        declared: dict[str, dict[str, Attribute]] = {str(name): held for name, held in self.attributes.items()}
        return declared.get(table, {})
