"""What a feature view is, and the few expressions that several of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import ibis
from ibis.expr import types as ir

from features.tables import Tables

DAY = 86_400.0
CUSTOMER = ("customer_id",)
CUSTOMER_KIND = ("customer_id", "offer_kind")


@dataclass(frozen=True)
class View:
    """A feature view: `build(tables, instants)` gives one row per entity and `as_of`, from rows before `as_of` only.

    `instants` is an Ibis table with the single column `as_of` in seconds since 1970. The result's columns are the
    entities, `as_of`, the features and the state: numbers and state are float64, categories are text. State is sums and
    instants that mean nothing to a model by themselves, because they grow with the calendar. What is not `learned` says
    again in words what other views say in numbers: it is for rules and reports.
    """

    name: str
    needs: tuple[str, ...]
    numbers: tuple[str, ...]
    build: Callable[[Tables, ibis.Table], ibis.Table]
    categories: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    entities: tuple[str, ...] = CUSTOMER
    learned: bool = True
    ageless: bool = False  # holds until it is changed, however long ago it was computed

    @property
    def features(self) -> tuple[str, ...]:
        """What models may learn from: numbers, then categories."""
        return self.numbers + self.categories

    @property
    def stored(self) -> tuple[str, ...]:
        """Everything stored: the features, and the state that on-demand features are computed from."""
        return self.features + self.state

    def select(self, table: ibis.Table) -> ibis.Table:
        """`table` with exactly the view's columns and types."""
        return table.select(
            *self.entities,
            "as_of",
            **{name: table[name].cast("float64") for name in self.numbers + self.state},
            **{name: table[name].cast("string") for name in self.categories},
        )


def before(events: ibis.Table, instants: ibis.Table, instant: str = "occurred_at") -> ibis.Table:
    """Every (event, as_of) with the event before `as_of`, plus `age_days` of the event at `as_of`."""
    known = events.join(instants, events[instant] < instants.as_of)
    return known.mutate(age_days=(known.as_of - known[instant]) / DAY)


def within(events: ibis.Table, days: float) -> ir.BooleanValue:
    """Whether an event is at most `days` old at `as_of`."""
    return events.age_days <= days


def count(condition: ir.BooleanValue) -> ir.FloatingScalar:
    """How many rows hold `condition`."""
    return condition.cast("int64").sum().cast("float64")


def total(amount: ir.NumericValue, condition: ir.BooleanValue) -> ir.FloatingScalar:
    """Sum of `amount` over the rows that hold `condition`, 0 where none does."""
    return condition.ifelse(amount, 0.0).sum().cast("float64")


def last(value: ir.Column, instant: ir.NumericColumn, condition: ir.BooleanValue) -> ir.Scalar:
    """The `value` of the last row that holds `condition`; of several in one second, the greatest."""
    return value.argmax(ibis.struct({"instant": instant, "value": value}), where=condition)


def latest(table: ibis.Table, by: Iterable[str], instant: str) -> ibis.Table:
    """The row with the greatest `instant` of each group (ties: any one of equals in all columns ordered)."""
    order = [table[instant].desc(), *(table[name].desc() for name in table.columns if name != instant)]
    ranked = table.mutate(_rank=ibis.row_number().over(group_by=list(by), order_by=order))
    return ranked.filter(ranked._rank == 0).drop("_rank")
