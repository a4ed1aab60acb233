"""A decision as the answer that is sent and as the entry that the ledger keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from decisioning.decide import Decision, Ranked
from features.vectors import FeatureVector, Value
from serving.answers import (
    DecideAnswer,
    FactorsAnswer,
    FeaturesRef,
    FilteredAnswer,
    ModelRef,
    OfferAnswer,
    PolicyRef,
)
from serving.ledger import DecisionEntry
from serving.models import Champions
from serving.reasons import reasons
from serving.runtime import Runtime
from serving.schemas import DecideRequest


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


def answer(request: DecideRequest, basis: Basis, decision: Decision, runtime: Runtime) -> DecideAnswer:
    """The answer to `request`; sentences only where it asks for them, since contributions cost milliseconds."""
    explained = request.explain != "none"
    return DecideAnswer(
        decision_id=basis.decision_id,
        customer_id=request.customer_id,
        decided_at=basis.decided_at,
        arm=decision.arm,
        policy=PolicyRef(runtime.policy.version),
        models=tuple(ModelRef(model.name, model.version) for model in basis.champions.present),
        ranked_by=decision.ranked_by,
        cold_start=not basis.vector.known and "features" not in basis.degraded,
        offers=tuple(
            _slot(ranked, _why(ranked, decision, basis, runtime) if explained else ()) for ranked in decision.chosen
        ),
        considered=tuple(_slot(ranked, ()) for ranked in decision.ranked) if request.explain == "full" else None,
        filtered=tuple(FilteredAnswer(f.offer_id, f.channel, f.stage, f.reason) for f in decision.filtered),
        features=FeaturesRef(basis.vector.hash(), basis.vector.stale),
        degraded=basis.degraded,
    )


def entry(
    request: DecideRequest, basis: Basis, made: DecideAnswer, response: str, key: str | None, body_hash: str
) -> DecisionEntry:
    """What the ledger keeps: the answer, and all that is needed to judge it later."""
    first = made.offers[0]
    return DecisionEntry(
        decision_id=made.decision_id,
        idempotency_key=key,
        body_hash=body_hash,
        customer_id=made.customer_id,
        decided_at=made.decided_at,
        arm=made.arm,
        policy_version=made.policy.version,
        models=json.dumps([{"name": model.name, "version": model.version} for model in made.models]),
        p_churn=basis.p_churn,
        value_at_stake=basis.value_at_stake,
        offer_id=first.offer_id,
        channel=first.channel,
        selection_probability=first.selection_probability,
        features=json.dumps({"values": basis.vector.values, "by_kind": basis.vector.by_kind}, default=dict),
        features_hash=made.features.hash,
        degraded=json.dumps(made.degraded),
        request=request.model_dump_json(),
        response=response,
    )


def _slot(ranked: Ranked, sentences: tuple[str, ...]) -> OfferAnswer:
    offer, factors = ranked.candidate.offer, ranked.factors
    return OfferAnswer(
        offer_id=offer.offer_id if offer else None,
        channel=ranked.candidate.channel,
        rank=ranked.rank,
        net_value=factors.net_value,
        factors=FactorsAnswer(
            p_accept=factors.p_accept,
            uplift=factors.uplift,
            uplift_low=factors.uplift_low,
            uplift_high=factors.uplift_high,
            value_at_stake=factors.value_at_stake,
            margin=factors.margin,
            cost=factors.cost,
            contact_cost=factors.contact_cost,
            lever=factors.lever,
        ),
        evidence=factors.evidence,
        selection_probability=ranked.selection_probability,
        reasons=sentences,
    )


def _why(ranked: Ranked, decision: Decision, basis: Basis, runtime: Runtime) -> tuple[str, ...]:
    if ranked.candidate.offer is None:
        return (_why_nothing(decision, basis),)
    row = basis.rows.get(ranked.candidate.key)
    if row is None or basis.champions.response is None:
        return ()
    return reasons(basis.champions.response.contributions(row), row, runtime.phrases.response)


def _why_nothing(decision: Decision, basis: Basis) -> str:
    """Why the customer is left alone."""
    if "response_model" in basis.degraded:
        return "Nobody can say who accepts what: the response model is away"
    if decision.arm == "holdout":
        return "Held out: a share of customers is never treated, to measure what treatment is worth"
    offers = [ranked for ranked in decision.ranked if ranked.candidate.offer is not None]
    if not offers:
        return "No offer may be made"
    best = max(offers, key=lambda ranked: ranked.factors.net_value)
    if best.factors.net_value > 0:
        return "Drawn by exploration in place of an offer worth more"
    offer = best.candidate.offer.offer_id if best.candidate.offer else ""
    return (
        f"No offer is worth its cost: the best, {offer} by {best.candidate.channel}, {best.factors.net_value:+.2f} net"
    )
