"""What the early warning is told from: risks at two instants, and why and what to do for some customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa

from monitoring.intervals import Floats


@dataclass(frozen=True)
class Span:
    """p_churn of the same customers (n,), by the same model, at both ends; NaN where an end has no answer."""

    since: datetime
    until: datetime
    before: Floats
    now: Floats

    @property
    def rise(self) -> Floats:
        """By how much each rose (n,); NaN where that is not known."""
        return np.asarray(self.now - self.before)


@dataclass(frozen=True)
class Scored:
    """The newest span, of everybody whose leaving was a question at both of its ends, and spans before it.

    `customer_ids` (n,) and `at_stake` (n,), in `currency`, go with the newest; at stake is NaN for who did not rise by
    what is told of, and None without a value model. `earlier` are about as long, newest first, of a sample.
    """

    model: str
    currency: str
    newest: Span
    customer_ids: pa.Array
    at_stake: Floats | None
    earlier: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """What raised a risk, of this customer, and with the customer's own number or word left out."""

    said: str
    kind: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What the policy in force would do now; an `offer_id` of None is nothing. `known` is False where it cannot say."""

    arm: str
    offer_id: str | None = None
    channel: str | None = None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """Of one customer: what raised the risk most, the weightiest first, and what to do."""

    reasons: tuple[Reason, ...]
    advice: Advice


class Watch(Protocol):
    """What a run needs of models, snapshots and the policy."""

    def scored(self) -> Scored:
        """Risks at both ends of the newest span and of those before. Raises DataError or WorkspaceError: why not."""
        ...

    def told(self, customer_ids: Sequence[str], since: datetime, until: datetime) -> Sequence[Told]:
        """Of each customer, what raised the risk between two instants, and what to do now."""
        ...
