"""Scores: how likely a customer is to leave, what is at stake, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from configs.errors import RequestError, StoreUnavailable
from decisioning.arbitration import Effect, EffectOn
from features.vectors import FeatureVector, Value
from serving.answers import FeaturesRef, ModelRef, RiskBand, Score, ScoreAnswer
from serving.effect_words import sentence
from serving.models import Champions, ChurnModel, EffectsModel, Model
from serving.most_effective import Action, actions_at, of_vectors
from serving.reasons import reasons
from serving.runtime import Runtime
from serving.schemas import Scalar, ScoreRequest

NOBODY = "\0"  # no customer has this id: the store answers with every feature's name and no value
PROFILE = "profile__"
COLD = "Not in the records: the risk of somebody of whom nothing is known"


def score(runtime: Runtime, request: ScoreRequest) -> ScoreAnswer:
    """One score per customer in the order asked for, or one for a person described by attributes.

    What is away is named in `degraded`, and what it would have said is null. Raises RequestError for an attribute that
    no feature holds.
    """
    now = runtime.clock()
    champions = runtime.models.current
    degraded: list[str] = []
    actions = actions_at(runtime.catalogue, champions.effects, now) if champions.effects else ()
    kinds = tuple(dict.fromkeys(action.offer.kind for action in actions))
    vectors = read(runtime, request.customer_ids or [NOBODY], now, degraded, kinds)
    if request.attributes is not None:
        vectors = [_described(vectors[0], request.attributes, degraded)]
    rows = [vector.values for vector in vectors]
    p_churn = predict(champions.churn, rows, "churn_model", degraded)
    at_stake = predict(champions.value, rows, "value_model", degraded)
    described = request.attributes is not None
    scores = [
        Score(
            customer_id=None if described else vector.customer_id,
            known=vector.known,
            cold_start=not vector.known and "features" not in degraded,
            p_churn=p,
            risk_band=_band(champions.churn, p),
            value_at_stake=value,
            uplift=None,
            evidence="none",
            reasons=_reasons(runtime, champions, vector, described) if request.explain and p is not None else (),
            model=reference(champions.churn),
            features=FeaturesRef(vector.hash(), vector.stale),
        )
        for vector, p, value in zip(vectors, p_churn, at_stake, strict=True)
    ]
    on = runtime.policy.effect_on
    moved = _most_effective(champions, actions, vectors, on, degraded)
    told = champions.effects if request.explain else None
    effective = [_with_effect(one, found, told, on) for one, found in zip(scores, moved, strict=True)]
    return ScoreAnswer(now, tuple(effective), tuple(degraded))


def read(
    runtime: Runtime, customer_ids: Sequence[str], now: datetime, degraded: list[str], offer_kinds: Sequence[str] = ()
) -> list[FeatureVector]:
    """The vectors of the customers; empty ones, and "features" in `degraded`, where the store does not answer."""
    try:
        return runtime.features.read(customer_ids, now, offer_kinds)
    except StoreUnavailable:
        degraded.append("features")
        return [FeatureVector(customer_id, now, {}, known=False) for customer_id in customer_ids]


def predict(
    model: Model | None, rows: Sequence[Mapping[str, Value]], part: str, degraded: list[str]
) -> list[float] | list[None]:
    """One prediction per row; nulls, and `part` in `degraded`, where the model is away."""
    if model:
        try:
            return [float(prediction) for prediction in model.predict(rows)]
        except StoreUnavailable:
            pass
    degraded.append(part)
    return [None] * len(rows)


def reference(model: Model | None) -> ModelRef | None:
    """The name and version of a model, None for none."""
    return ModelRef(model.name, model.version) if model else None


def _most_effective(
    champions: Champions,
    actions: Sequence[Action],
    vectors: Sequence[FeatureVector],
    on: EffectOn,
    degraded: list[str],
) -> Sequence[tuple[Action, Effect] | None]:
    """What moves each customer most; None where there is no evidence that anything does."""
    if champions.effects and actions:
        try:
            return of_vectors(champions.effects, actions, vectors, on)
        except StoreUnavailable:
            degraded.append("effects_model")
    elif champions.effects_away:
        degraded.append("effects_model")
    return [None] * len(vectors)


def _with_effect(scored: Score, found: tuple[Action, Effect] | None, told: EffectsModel | None, on: EffectOn) -> Score:
    """A score with what moves the customer most; `told` is given where it is to be said in words as well."""
    if found is None:
        return scored
    action, effect = found
    said = sentence(effect, on, tried=told.tried(action.offer)) if told else None
    more = (f"{action.offer.offer_id} by {action.channel}: {said[:1].lower()}{said[1:]}",) if said else ()
    return replace(
        scored,
        reasons=scored.reasons + more,
        evidence=effect.evidence,
        uplift=effect.uplift,
        uplift_low=effect.low,
        uplift_high=effect.high,
        margin_uplift=effect.margin,
        margin_uplift_low=effect.margin_low,
        margin_uplift_high=effect.margin_high,
        uplift_offer_id=action.offer.offer_id,
        uplift_channel=action.channel,
    )


def _described(blank: FeatureVector, attributes: Mapping[str, Scalar], degraded: Sequence[str]) -> FeatureVector:
    given: dict[str, Value] = {
        name if name in blank.values else PROFILE + name: float(value) if isinstance(value, bool) else value
        for name, value in attributes.items()
    }
    unknown = [] if "features" in degraded else sorted(set(given) - set(blank.values))
    if unknown:
        known = ", ".join(sorted(name.removeprefix(PROFILE) for name in blank.values))
        lines = [f"attributes.{name.removeprefix(PROFILE)}: no feature of this name" for name in unknown]
        raise RequestError(f"{len(unknown)} attributes are unknown; allowed: {known}", details=lines)
    return replace(blank, values={**blank.values, **given})


def _band(churn: ChurnModel | None, p_churn: float | None) -> RiskBand | None:
    if churn is None or p_churn is None:
        return None
    medium, high = churn.risk_thresholds
    return "high" if p_churn >= high else "medium" if p_churn >= medium else "low"


def _reasons(runtime: Runtime, champions: Champions, vector: FeatureVector, described: bool) -> tuple[str, ...]:
    if champions.churn is None:
        return ()
    if not vector.known and not described:
        return (COLD,)
    return reasons(champions.churn.contributions(vector.values), vector.values, runtime.phrases.churn)
