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

    `selection_probability` is the chance the policy had of putting it first; `evidence` grades its uplift. `rank` is
    null where a campaign decided, which ranks nobody's offers but by what others may use.
    """

    offer_id: str | None
    channel: str | None
    rank: int | None
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
class ComparisonAnswer:
    """A candidate (nothing, where both ids are null) against what comes first: why not that.

    It loses by the sum of `terms`, each the first's less its own, in currency, but for p_accept where the arm ranks by
    it alone; `mostly` is the largest, "order" where they tie. `loses_by` is null where the arm's rule has nothing last.
    """

    offer_id: str | None
    channel: str | None
    loses_by: float | None
    mostly: str
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FlipAnswer:
    """The least `change` of one number of a candidate that makes it come first ("win"), or no longer ("lose").

    `to` is the cost or probability it becomes; a lever is one more, on nothing one on every offer. `then_offer_id` by
    `then_channel` comes first afterwards. Where no change does it, these are null and `infeasible` says why. `verified`
    says that deciding again with the change did it.
    """

    offer_id: str | None
    channel: str | None
    makes: Literal["win", "lose"]
    of: Literal["lever", "cost", "p_accept"]
    change: float | None
    to: float | None
    then_offer_id: str | None
    then_channel: str | None
    infeasible: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class ExplanationAnswer:
    """Why this, why not that, and what would flip it, each number alone and all else as it was.

    `first_offer_id` by `first_channel` comes first before exploration, nothing where both are null; `how` is what put
    the first slot where it is. `why` compares it with the runner-up, `why_not` with every other candidate; what was
    filtered is in `filtered`. "Least" is meant to the `resolution` of each number. `no_flips` says why there are none.
    """

    first_offer_id: str | None
    first_channel: str | None
    how: Literal["rule", "exploration", "random", "holdout", "fallback", "campaign"]
    why: ComparisonAnswer | None
    why_not: tuple[ComparisonAnswer, ...]
    flips: tuple[FlipAnswer, ...]
    no_flips: str | None
    resolution: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DecideAnswer:
    """A decision. `considered` is every candidate by rank, and null unless `explain` is "full", as is `explanation`.

    `fallback` says that every other offer was filtered, so that the policy's fallback is made.
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
    explanation: ExplanationAnswer | None = None


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
class ExplanationRecord:
    """A stored decision explained in full.

    In real time it is made again from what the ledger keeps, and `identical` says whether that gave the stored answer
    bit for bit. Of a campaign only what was chosen is kept: `identical` is null, and `notes` say what cannot be told.
    """

    made_in: Literal["real_time", "campaign"]
    identical: bool | None
    notes: tuple[str, ...]
    decision: DecideAnswer


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


Answer = ScoreAnswer | DecideAnswer | OutcomeAnswer | ExplanationRecord | Receipt | ErrorAnswer
_ADAPTERS: Mapping[type, TypeAdapter[Answer]] = {kind: TypeAdapter(kind) for kind in get_args(Answer)}


def to_json(answer: Answer) -> bytes:
    """An answer as JSON: instants in ISO 8601, absent values as null."""
    return _ADAPTERS[type(answer)].dump_json(answer)
