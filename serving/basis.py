"""What a decision rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from features.vectors import FeatureVector, Value
from serving.models import Champions


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision rests on. `rows` is what the response model saw, by (offer_id, channel)."""

    decision_id: str
    decided_at: datetime
    vector: FeatureVector
    champions: Champions
    p_churn: float | None
    value_at_stake: float | None
    rows: Mapping[tuple[str, str], Mapping[str, Value]]
    degraded: tuple[str, ...]
