"""A watch by hand: risks at two instants, and what is told of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from configs.errors import DataError
from monitoring.warning.watch import Advice, Reason, Scored, Span, Told

UNTIL = datetime(2024, 1, 29, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=28)
SILENT = Reason("Has not bought for 34 days", "Has not bought for … days")
OFFER = Told((SILENT,), Advice("policy", "voucher", "email"))


def span(rises: Sequence[float], ago: int = 0, before: float = 0.1) -> Span:
    """Customers at `before` who rose by so much, `ago` spans before the newest."""
    was = np.full(len(rises), before)
    return Span(SINCE - timedelta(days=28 * ago), UNTIL - timedelta(days=28 * ago), was, was + np.array(rises))


def scored(
    rises: Sequence[float], at_stake: Sequence[float] | None = None, earlier: Sequence[Span] = (), prefix: str = "c"
) -> Scored:
    ids = pa.array([f"{prefix}{number}" for number in range(len(rises))], pa.string())
    stake = None if at_stake is None else np.array(at_stake, dtype=np.float64)
    return Scored("tenure-churn 3", "EUR", span(rises), ids, stake, tuple(earlier))


@dataclass
class Watching:
    """Implements `Watch`; keeps whom it was asked about."""

    found: Scored | None
    saying: dict[str, Told] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def scored(self) -> Scored:
        if self.found is None:
            raise DataError("two snapshots about 28 days apart are needed; run `tenure features` weekly.")
        return self.found

    def told(self, customer_ids: Sequence[str], since: datetime, until: datetime) -> list[Told]:
        assert (since, until) == (SINCE, UNTIL)
        self.asked = list(customer_ids)
        return [self.saying.get(one, OFFER) for one in customer_ids]
