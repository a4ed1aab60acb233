"""Offers of the catalogue and the actions they make possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

Attribute = float | str | bool | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A catalogue item.

    `value` is the margin an acceptance brings and `cost` what it costs, both in the workspace's currency and before
    each other. `eligible` sees {"customer": {...}, "offer": {...}, "context": {...}}; `eligibility` is its text.
    `capacity` is in units over the offer's validity; None is unlimited.
    """

    offer_id: str
    name: str
    kind: str
    cost: float
    value: float
    channels: tuple[str, ...]
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    capacity: int | None = None
    attributes: Mapping[str, Attribute] | None = None
    eligibility: str = ""
    eligible: Callable[[Mapping[str, Mapping[str, Attribute]]], bool] | None = None

    @property
    def described(self) -> Mapping[str, Attribute]:
        """What expressions see as `offer`: its attributes, and the columns that every offer has."""
        columns = {"offer_id": self.offer_id, "name": self.name, "kind": self.kind}
        return {**(self.attributes or {}), **columns, "cost": self.cost, "value": self.value}

    def valid_at(self, instant: datetime) -> bool:
        """Whether the offer may be made at `instant`: valid_from <= instant < valid_to."""
        started = self.valid_from is None or self.valid_from <= instant
        return started and (self.valid_to is None or instant < self.valid_to)
