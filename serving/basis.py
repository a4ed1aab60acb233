"""What a decision rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from configs.policy import Policy
from configs.reasons import Phrasebook
from decisioning.arbitration import Effect
from decisioning.decision import Decision
from features.vectors import FeatureVector, Value
from serving.entries import Shown
from serving.models import Champions
from serving.schemas import DecideRequest


@dataclass(frozen=True, slots=True)
class Given:
    """All that one decision is made from, but for the policy and the models; the ledger keeps it.

    `contacts` and `refusals` are those that caps and rests look at, `left` is what could be used of each budget, and
    `unread` names the stores that did not answer, and the prices where none were of the policy's budgets. Of a decision
    that is made again, `away` names the parts that were away the first time.
    """

    request: DecideRequest
    decision_id: str
    now: datetime
    vector: FeatureVector
    contacts: tuple[Shown, ...]
    refusals: tuple[Shown, ...]
    left: Mapping[str, float]
    unread: tuple[str, ...]
    away: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Basis:
    """A decision with all that it rests on.

    `rows` is what the response model saw, by (offer_id, channel); `p_accept` and `effects` what the models said of each
    candidate of the shortlist, None where they were away. `degraded` names what was away.
    """

    given: Given
    policy: Policy
    phrases: Phrasebook
    champions: Champions
    p_churn: float | None
    value_at_stake: float | None
    rows: Mapping[tuple[str, str], Mapping[str, Value]]
    p_accept: Sequence[float] | None
    effects: Sequence[Effect] | None
    degraded: tuple[str, ...]
    decision: Decision
