"""A decision as the answer that is sent and as the entry that the ledger keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from decisioning.decide import Decision, Ranked
from serving.answers import (
    DecideAnswer,
    FactorsAnswer,
    FeaturesRef,
    FilteredAnswer,
    ModelRef,
    OfferAnswer,
    PolicyRef,
)
from serving.basis import Basis
from serving.ledger import DecisionEntry
from serving.runtime import Runtime
from serving.schemas import DecideRequest
from serving.why import why


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
            _slot(ranked, why(ranked, decision, basis, runtime) if explained else ()) for ranked in decision.chosen
        ),
        considered=tuple(_slot(ranked, ()) for ranked in decision.ranked) if request.explain == "full" else None,
        filtered=tuple(FilteredAnswer(f.offer_id, f.channel, f.stage, f.reason) for f in decision.filtered),
        features=FeaturesRef(basis.vector.hash(), basis.vector.stale),
        degraded=basis.degraded,
    )


def entry(
    request: DecideRequest,
    basis: Basis,
    decision: Decision,
    made: DecideAnswer,
    response: str,
    key: str | None,
    body_hash: str,
) -> DecisionEntry:
    """What the ledger keeps: the answer, and all that is needed to judge it, and other policies, later."""
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
        features=json.dumps(
            {"values": basis.vector.values, "by_kind": basis.vector.by_kind, "actions": _actions(decision)},
            default=dict,
        ),
        features_hash=made.features.hash,
        degraded=json.dumps(made.degraded),
        request=request.model_dump_json(),
        response=response,
    )


def _actions(decision: Decision) -> Mapping[str, Sequence[float | str | None]]:
    """Every action that could have been chosen, by rank, a list per column; nothing has null ids."""
    ranked = decision.ranked
    return {
        "offer_id": [slot.candidate.offer.offer_id if slot.candidate.offer else None for slot in ranked],
        "channel": [slot.candidate.channel for slot in ranked],
        "selection_probability": [slot.selection_probability for slot in ranked],
        "p_accept": [slot.factors.p_accept for slot in ranked],
        "evidence": [slot.factors.evidence for slot in ranked],
        "uplift": [slot.factors.uplift for slot in ranked],
        "margin_uplift": [slot.factors.margin_uplift for slot in ranked],
    }


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
            effect_value=factors.effect_value,
            margin_uplift=factors.margin_uplift,
            margin_uplift_low=factors.margin_uplift_low,
            margin_uplift_high=factors.margin_uplift_high,
        ),
        evidence=factors.evidence,
        selection_probability=ranked.selection_probability,
        reasons=sentences,
    )
