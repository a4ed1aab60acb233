"""A decision as the answer that is sent and as the entry that the ledger keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan

from decisioning.decision import Decision, Ranked
from features.ledger import to_text
from serving.answers import (
    DecideAnswer,
    FactorsAnswer,
    FeaturesRef,
    FilteredAnswer,
    ModelRef,
    OfferAnswer,
    PolicyRef,
)
from serving.basis import Basis, Given
from serving.entries import ContactEntry, DecisionEntry, Shown
from serving.explaining import explanation
from serving.why import why


@dataclass(frozen=True, slots=True)
class Under:
    """The documents, by their hashes, that a decision is made under."""

    policy: str
    catalogue: str


def answer(basis: Basis) -> DecideAnswer:
    """The answer to a request; sentences only where it asks for them, since contributions cost milliseconds."""
    given, decision = basis.given, basis.decision
    request, vector = given.request, given.vector
    explained = request.explain != "none"
    return DecideAnswer(
        decision_id=given.decision_id,
        customer_id=request.customer_id,
        decided_at=given.now,
        arm=decision.arm,
        policy=PolicyRef(basis.policy.version, decision.shortlist.menu.prices.version or None),
        models=tuple(ModelRef(model.name, model.version) for model in basis.champions.present),
        ranked_by=decision.ranked_by,
        cold_start=not vector.known and "features" not in basis.degraded,
        fallback=decision.fallback,
        offers=tuple(_slot(ranked, why(ranked, basis) if explained else ()) for ranked in decision.chosen),
        considered=tuple(_slot(ranked, ()) for ranked in decision.ranked) if request.explain == "full" else None,
        filtered=tuple(FilteredAnswer(f.offer_id, f.channel, f.stage, f.reason) for f in decision.filtered),
        features=FeaturesRef(vector.hash(), vector.stale),
        degraded=basis.degraded,
        explanation=explanation(basis) if request.explain == "full" else None,
    )


def entry(
    basis: Basis, made: DecideAnswer, response: str, under: Under, key: str | None, body_hash: str
) -> DecisionEntry:
    """What the ledger keeps: the answer, and all that is needed to judge it, and other policies, later."""
    first, vector = made.offers[0], basis.given.vector
    return DecisionEntry(
        decision_id=made.decision_id,
        idempotency_key=key,
        body_hash=body_hash,
        customer_id=made.customer_id,
        decided_at=made.decided_at,
        arm=made.arm,
        policy_version=made.policy.version,
        policy_hash=under.policy,
        catalogue_hash=under.catalogue,
        prices_version=made.policy.prices_version or "",
        models=json.dumps([{"name": model.name, "version": model.version} for model in made.models]),
        p_churn=basis.p_churn,
        value_at_stake=basis.value_at_stake,
        offer_id=first.offer_id,
        channel=first.channel,
        selection_probability=first.selection_probability,
        features=json.dumps(
            {"values": vector.values, "by_kind": vector.by_kind, "actions": _actions(basis.decision)}, default=dict
        ),
        features_hash=made.features.hash,
        degraded=json.dumps(made.degraded),
        trace=json.dumps(_trace(basis.given)),
        request=basis.given.request.model_dump_json(),
        response=response,
    )


def contacts(made: DecideAnswer) -> list[ContactEntry]:
    """The offers that an answer makes."""
    return [
        ContactEntry(made.decision_id, offer.offer_id, offer.channel, made.customer_id, made.decided_at)
        for offer in made.offers
        if offer.offer_id and offer.channel
    ]


def _trace(given: Given) -> Mapping[str, object]:
    """What else the decision rested on; `serving.replay` reads it."""

    def told(shown: Sequence[Shown]) -> list[dict[str, object]]:
        return [{**asdict(one), "at": to_text(one.at)} for one in shown]

    return {
        "known": given.vector.known,
        "stale": given.vector.stale,
        "contacts": told(given.contacts),
        "refusals": told(given.refusals),
        "left": dict(given.left),
        "unread": given.unread,
    }


def _actions(decision: Decision) -> Mapping[str, Sequence[float | str | None]]:
    """Every action that could have been chosen, by rank, a list per column; nothing has null ids.

    Terms are in currency; null is "not known", or no effect that counts.
    """
    terms, chosen = decision.terms, [decision.candidate(place) for place in range(len(decision.index))]
    columns = ("p_accept", "margin", "cost", "contact_cost", "lever", "preference", "shadow_cost", "net_value")
    return {
        "offer_id": [one.offer.offer_id if one.offer else None for one in chosen],
        "channel": [one.channel for one in chosen],
        "selection_probability": decision.probabilities.tolist(),
        **{name: getattr(terms, name).tolist() for name in columns},
        "effect_value": [None if isnan(value) else value for value in terms.effect_value.tolist()],
        "evidence": [effect.evidence for effect in decision.effects],
        "uplift": [effect.uplift for effect in decision.effects],
        "margin_uplift": [effect.margin for effect in decision.effects],
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
            preference=factors.preference,
            shadow_cost=factors.shadow_cost,
            effect_value=factors.effect_value,
            margin_uplift=factors.margin_uplift,
            margin_uplift_low=factors.margin_uplift_low,
            margin_uplift_high=factors.margin_uplift_high,
        ),
        evidence=factors.evidence,
        selection_probability=ranked.selection_probability,
        reasons=sentences,
    )
