"""One customer's features at one instant, as serving sees them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Value = float | str | None


def of_kind(feature: str, kind: str) -> str:
    """The column of a feature that differs between kinds of offers, in a table of customers."""
    return f"{feature}@{kind}"


def of_customer(column: str) -> bool:
    """Whether a column of a table of customers is a feature that they have, whatever the kind of offer."""
    return "__" in column and "@" not in column


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """Features named `<view>__<feature>`; `by_kind` holds the customer's affinity features per offer kind.

    `stale` names the views whose stored row is older than its TTL (their values are null here). `known` is False for a
    customer the store has never seen; then every value is null.
    """

    customer_id: str
    as_of: datetime
    values: Mapping[str, Value]
    stale: tuple[str, ...] = ()
    known: bool = True
    by_kind: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def hash(self) -> str:
        """Sixteen hex digits that change when any value changes."""
        text = json.dumps([self.values, self.by_kind], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class FeatureReader(Protocol):
    """What serving needs of a feature store."""

    def read(
        self, customer_ids: Sequence[str], as_of: datetime, offer_kinds: Sequence[str] = ()
    ) -> list[FeatureVector]:
        """One vector per id, in the order asked for, with affinities to `offer_kinds`. Raises StoreUnavailable."""
        ...
