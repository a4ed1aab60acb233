"""What is answered: plain frozen values that become JSON as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from pydantic import TypeAdapter

from decisioning.arms import Arm

Evidence = Literal["randomised", "observational", "none"]
RiskBand = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model that took part."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """The policy in force, and the shadow prices of its budgets, null where none were found yet."""

    version: str
    prices_version: str | None = None


@dataclass(frozen=True, slots=True)
class FeaturesRef:
    """Which feature values were seen: their hash, and the views whose values were too old to use."""

    hash: str
    stale: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One customer's score; null where the model is away.

    The uplifts, on the probability of retention and on margin, are those of the most effective offer valid at the
    instant: `uplift_offer_id` by `uplift_channel`. They are null where there is evidence of none.
    """

    customer_id: str | None
    known: bool
    cold_start: bool
    p_churn: float | None
    risk_band: RiskBand | None
    value_at_stake: float | None
    uplift: float | None
    evidence: Evidence
    reasons: tuple[str, ...]
    model: ModelRef | None
    features: FeaturesRef
    uplift_low: float | None = None
    uplift_high: float | None = None
    margin_uplift: float | None = None
    margin_uplift_low: float | None = None
    margin_uplift_high: float | None = None
    uplift_offer_id: str | None = None
    uplift_channel: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreAnswer:
    """Scores in the order asked for; `as_of` is the instant of knowledge."""

    as_of: datetime
    scores: tuple[Score, ...]
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactorsAnswer:
    """The terms of a net value: probabilities, and amounts in the workspace's currency.

    `effect_value` is what the effect counts for in the net value, null where it counts for nothing.
    """

    p_accept: float
    uplift: float | None
    uplift_low: float | None
    uplift_high: float | None
    value_at_stake: float | None
    margin: float
    cost: float
    contact_cost: float
    lever: float
    preference: float
    shadow_cost: float
    effect_value: float | None = None
    margin_uplift: float | None = None
    margin_uplift_low: float | None = None
    margin_uplift_high: float | None = None


@dataclass(frozen=True, slots=True)
class OfferAnswer:
    """One slot: an offer on a channel, or nothing, where both are null.

    `selection_probability` is the chance the policy had of putting it first; `evidence` grades its uplift.
    """

    offer_id: str | None
    channel: str | None
    rank: int
    net_value: float
    factors: FactorsAnswer
    evidence: Evidence
    selection_probability: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilteredAnswer:
    """An offer that may not be made, on one channel or, where that is null, on any."""

    offer_id: str
    channel: str | None
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecideAnswer:
    """A decision. `considered` is every candidate by rank, and null unless `explain` is "full".

    `fallback` says that every offer was filtered, and the policy's fallback made instead.
    """

    decision_id: str
    customer_id: str
    decided_at: datetime
    arm: Arm
    policy: PolicyRef
    models: tuple[ModelRef, ...]
    ranked_by: Literal["uplift", "acceptance"]
    cold_start: bool
    fallback: bool
    offers: tuple[OfferAnswer, ...]
    considered: tuple[OfferAnswer, ...] | None
    filtered: tuple[FilteredAnswer, ...]
    features: FeaturesRef
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was reported is in the ledger. `degraded` names what does not know of it yet.

    `kept_aside` is an outcome that no decision explains, for the `reason` given; it counts for nothing.
    """

    id: str
    status: Literal["recorded", "repeated", "kept_aside"]
    degraded: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeAnswer:
    """An outcome as the ledger holds it."""

    outcome_id: str
    offer_id: str | None
    kind: str
    value: float | None
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as it was answered, and what became of it."""

    decision: DecideAnswer
    outcomes: tuple[OutcomeAnswer, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong: a code for programs, a message for people, and a line per problem."""

    code: str
    message: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """The one shape of every answer that is not a success."""

    error: Problem


Answer = ScoreAnswer | DecideAnswer | OutcomeAnswer | Receipt | ErrorAnswer
_ADAPTERS: Mapping[type, TypeAdapter[Answer]] = {kind: TypeAdapter(kind) for kind in get_args(Answer)}


def to_json(answer: Answer) -> bytes:
    """An answer as JSON: instants in ISO 8601, absent values as null."""
    return _ADAPTERS[type(answer)].dump_json(answer)
