"""Stored decisions made again: from what the ledger keeps of each, under policy, offers, prices and models of then."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from configs.policy import Policy
from configs.reasons import Phrasebook
from decisioning.budgets import NO_PRICES, Prices
from features.ledger import to_instant
from features.vectors import FeatureVector, Value
from serving.archive import Archive
from serving.basis import Basis, Given
from serving.catalogue_document import of_document
from serving.entries import DecisionEntry, Shown
from serving.making import Maker
from serving.models import Champions, ChurnModel, EffectsModel, Model
from serving.prices import prices_of
from serving.registry import CHURN, EFFECTS, RESPONSE, VALUE, Registry
from serving.schemas import DecideRequest

NOTHING_CHANGED: Mapping[str, Value] = MappingProxyType({})
MAKERS = 32  # policies with their catalogues and prices that are held at once


@dataclass(frozen=True)
class Loaders:
    """How a version of a model is read: from (name, version, directory)."""

    registry: Registry
    model: Callable[[str, str, Path], ChurnModel]
    effects: Callable[[str, str, Path], EffectsModel]
    value_rule: Model | None


class Replayer:
    """Makes stored decisions again. Raises NotFound or StoreUnavailable where what they rested on is gone."""

    def __init__(self, archive: Archive, loaders: Loaders, phrases: Phrasebook) -> None:
        self._archive = archive
        self._loaders = loaders
        self._phrases = phrases
        # One for each version of prices too: a maker that several threads ask keeps its own.
        self._makers: Callable[[str, str, str], Maker] = lru_cache(MAKERS)(self._maker)
        self._prices: Callable[[str], Prices] = lru_cache(MAKERS)(self._prices_of)
        self._models: Callable[[str, str], ChurnModel] = lru_cache(MAKERS)(self._model)
        self._effects: Callable[[str], EffectsModel] = lru_cache(MAKERS)(self._effect_model)

    def again(self, entry: DecisionEntry, changed: Mapping[str, Value] = NOTHING_CHANGED) -> Basis:
        """The decision of `entry`, made anew; with other values of the features in `changed`."""
        given = given_of(entry)
        if changed:
            values = {**given.vector.values, **changed}
            given = replace(given, vector=replace(given.vector, values=values))
        maker = self._makers(entry.policy_hash, entry.catalogue_hash, entry.prices_version)
        return maker.make(given, self._champions(entry), self._prices(entry.prices_version))

    def _champions(self, entry: DecisionEntry) -> Champions:
        """The models that took part."""
        versions = {model["name"]: model["version"] for model in json.loads(entry.models)}

        def of(name: str) -> ChurnModel | None:
            return self._models(name, versions[name]) if name in versions else None

        return Champions(
            churn=of(CHURN),
            value=self._loaders.value_rule or of(VALUE),
            response=of(RESPONSE),
            effects=self._effects(versions[EFFECTS]) if EFFECTS in versions else None,
        )

    def _maker(self, policy: str, catalogue: str, _prices_version: str) -> Maker:
        found = Policy.model_validate_json(self._archive.document(policy))
        return Maker(found, of_document(self._archive.document(catalogue)), self._phrases)

    def _prices_of(self, version: str) -> Prices:
        return prices_of(self._archive.prices(version)) if version else NO_PRICES

    def _model(self, name: str, version: str) -> ChurnModel:
        return self._loaders.model(name, version, self._loaders.registry.artefact(name, version))

    def _effect_model(self, version: str) -> EffectsModel:
        return self._loaders.effects(EFFECTS, version, self._loaders.registry.artefact(EFFECTS, version))


def given_of(entry: DecisionEntry) -> Given:
    """What the decision of `entry` was made from; the models that were away then are away again."""
    features, trace = json.loads(entry.features), json.loads(entry.trace)
    vector = FeatureVector(
        customer_id=entry.customer_id,
        as_of=entry.decided_at,
        values=features["values"],
        stale=tuple(trace["stale"]),
        known=trace["known"],
        by_kind=features["by_kind"],
    )
    return Given(
        request=DecideRequest.model_validate_json(entry.request),
        decision_id=entry.decision_id,
        now=entry.decided_at,
        vector=vector,
        contacts=_shown(trace["contacts"]),
        refusals=_shown(trace["refusals"]),
        left=trace["left"],
        unread=tuple(trace["unread"]),
        away=frozenset(json.loads(entry.degraded)),
    )


def _shown(told: Sequence[Mapping[str, str]]) -> tuple[Shown, ...]:
    return tuple(Shown(one["offer_id"], one["channel"], to_instant(one["at"])) for one in told)
