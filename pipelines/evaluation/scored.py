"""What the champions say of past moments, from the features that were stored with the decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.artefact import Window
from configs.effects import EffectsWindow
from configs.workspace import Workspace
from decisioning.arbitration import UNKNOWN_EFFECT, Effect
from decisioning.candidates import Candidate, candidates
from features.vectors import FeatureVector, Value
from pipelines.champions import champion, effects_champion, no_champion
from pipelines.evaluation.logged import NOTHING, Prices, Reward, rewards
from pipelines.evaluation.replay import Key
from pipelines.session import Session
from serving.catalogue import Catalogue
from serving.models import Champions, Model
from serving.price import price_model

Matrix = NDArray[np.float64]
BATCH = 500  # moments whose candidates are scored at once


@dataclass(frozen=True)
class Learned:
    """The champions, and the instant after which no outcome has taught them anything."""

    champions: Champions
    until: datetime


@dataclass(frozen=True, slots=True)
class Scored:
    """What the champions say of one moment: of each action, and of the customer left alone; NaN where none does."""

    p_accept: Mapping[Key, float]
    effects: Mapping[Key, Effect]
    stays: float
    stake: float


def learned(session: Session) -> Learned:
    """The champions of a workspace. Raises WorkspaceError where none says who accepts."""
    workspace: Workspace = session.workspace
    response, churn, value = (champion(workspace, model) for model in ("response", "churn", "value"))
    if response is None:
        raise no_champion("response")
    effects = effects_champion(workspace)
    windows = [model.artefact.window for model in (response, churn, value, effects) if model is not None]
    lead = session.dataset.churn.lead_days
    return Learned(
        Champions(churn, price_model(session.dataset) or value, response, effects),
        max(_closed(window, lead) for window in windows),
    )


def score(vectors: Sequence[FeatureVector], catalogue: Catalogue, champions: Champions) -> list[Scored]:
    """What `champions` say of each vector and every action of an offer valid at its instant."""
    return [
        one
        for start in range(0, len(vectors), BATCH)
        for one in _score(vectors[start : start + BATCH], catalogue, champions)
    ]


def expected(reward: Reward, scored: Sequence[Scored], keys: Sequence[Key], prices: Prices) -> Matrix | None:
    """Expected reward per moment and action; None where the champions expect nothing of it.

    What was no candidate at a moment is expected to bring what nothing brings: it cannot have been made there.
    """
    table = np.column_stack([rewards(reward, _frame(scored, key), [key] * len(scored), prices) for key in keys])
    filled: Matrix = np.where(np.isfinite(table), table, table[:, [keys.index(NOTHING)]])
    return filled if np.isfinite(filled).all() else None


def _closed(window: Window | EffectsWindow, lead_days: int) -> datetime:
    return window.last_as_of + timedelta(days=lead_days + window.horizon_days)


def _score(vectors: Sequence[FeatureVector], catalogue: Catalogue, champions: Champions) -> list[Scored]:
    actions = [_candidates(catalogue, vector.as_of) for vector in vectors]
    rows = [row for own, vector in zip(actions, vectors, strict=True) for row in catalogue.rows(own, vector)]
    flat = [candidate for own in actions for candidate in own]
    p_accept = iter(_predicted(champions.response, rows))
    effects = iter(_effects(champions, flat, rows))
    values = [vector.values for vector in vectors]
    stays = 1.0 - _predicted(champions.churn, values)
    stakes = _predicted(champions.value, values)
    return [
        Scored(
            {candidate.key: float(next(p_accept)) for candidate in own},
            {candidate.key: next(effects) for candidate in own},
            float(stay),
            float(stake),
        )
        for own, stay, stake in zip(actions, stays, stakes, strict=True)
    ]


def _candidates(catalogue: Catalogue, now: datetime) -> list[Candidate]:
    return candidates(offer for offer in catalogue.offers if offer.valid_at(now))[:-1]


def _predicted(model: Model | None, rows: Sequence[Mapping[str, Value]]) -> NDArray[np.float64]:
    return model.predict(rows) if model and rows else np.full(len(rows), np.nan)


def _effects(
    champions: Champions, actions: Sequence[Candidate], rows: Sequence[Mapping[str, Value]]
) -> Sequence[Effect]:
    if champions.effects is None or not rows:
        return [UNKNOWN_EFFECT] * len(rows)
    return champions.effects.effects(rows, [candidate.offer for candidate in actions if candidate.offer])


def _frame(scored: Sequence[Scored], key: Key) -> pd.DataFrame:
    """Expected retention, margin and acceptance of one action at each moment, NaN where it was no candidate."""
    effects = [_effect(one, key) for one in scored]
    stays = np.array([one.stays for one in scored]) + [effect[0] for effect in effects]
    margin = np.array([one.stake for one in scored]) + [effect[1] for effect in effects]
    accepted = [one.p_accept.get(key, np.nan) for one in scored]
    return pd.DataFrame({"retention": np.clip(stays, 0.0, 1.0), "margin": margin, "accepted": accepted})


def _effect(one: Scored, key: Key) -> tuple[float, float]:
    """The effects on retention and on margin, 0 where they are not known, NaN for what was no candidate."""
    if key != NOTHING and key not in one.p_accept:
        return np.nan, np.nan
    effect = one.effects.get(key, UNKNOWN_EFFECT)
    return effect.uplift or 0.0, effect.margin or 0.0
