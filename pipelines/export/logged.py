"""What is exported: a decision with its candidates, what stood in their way, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from configs.errors import DataError

Cell = str | float | bool | None
Terms = Mapping[str, Sequence[Cell]]  # of candidates, a list per column
ROUNDING = 1e-9  # how far above 1 a sum of probabilities may come out


@dataclass(frozen=True, slots=True)
class Outcome:
    """An observed fact about a decision; it is of no single offer where `offer_id` is None."""

    offer_id: str | None
    kind: str
    value: float | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision. `actions` hold every candidate by rank, nothing with null ids; `made` are places in them, by slot.

    `kinds` are those of offers, empty where not known; `by_kind` are the customer's affinities to them. `reward` is
    that of the offer made first, None for nothing, which can bring none.
    """

    decision_id: str
    customer_id: str
    decided_at: datetime
    arm: str
    policy_version: str
    prices_version: str | None
    models: Mapping[str, str]
    p_churn: float | None
    value_at_stake: float | None
    features: Mapping[str, Cell]
    by_kind: Mapping[str, Mapping[str, Cell]]
    features_hash: str
    context: Mapping[str, Cell]
    degraded: Sequence[str]
    actions: Terms
    made: Sequence[int]
    kinds: Mapping[str, str]
    filtered: Sequence[Mapping[str, str | None]]
    outcomes: Sequence[Outcome]
    reward: float | None

    @property
    def chosen(self) -> int:
        """The place of what was done first."""
        return self.made[0]

    @property
    def probabilities(self) -> list[float]:
        """Of every candidate to be chosen first, up to 1; 0 where none was logged."""
        every = (float(one or 0.0) for one in self.actions["selection_probability"])
        return [1.0 if 1.0 < one <= 1.0 + ROUNDING else one for one in every]

    @property
    def probability(self) -> float:
        """With which the first was chosen."""
        return self.probabilities[self.chosen]

    @property
    def affinities(self) -> list[Mapping[str, Cell]]:
        """The customer's features that differ between kinds of offers, of every candidate."""
        kinds = (self.kinds.get(str(offer), "") for offer in self.actions["offer_id"])
        return [self.by_kind.get(kind, {}) for kind in kinds]

    @property
    def names(self) -> list[str]:
        """The candidates, as `offer_id by channel` or `nothing`."""
        pairs = zip(self.actions["offer_id"], self.actions["channel"], strict=True)
        return [f"{offer} by {channel}" if offer else "nothing" for offer, channel in pairs]


def weighed(decisions: Iterable[Logged]) -> Iterator[Logged]:
    """The decisions, for a format in which each is weighed by its probability.

    Raises DataError, after the last, where some have none: what was written of the others must not stay.
    """
    lacking, first = 0, ""
    for one in decisions:
        if 0.0 < one.probability <= 1.0:
            yield one
        else:
            lacking, first = lacking + 1, first or f"{one.decision_id} with {one.probability}"
    if lacking:
        raise DataError(
            f"{lacking} decisions have no probability, the first is {first}: above 0 and up to 1 is allowed; "
            "the parquet format takes them"
        )
