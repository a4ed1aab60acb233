"""Trained effects as serving sees them: an artefact directory, read once, scored on NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from configs.effects import Acceptance, Effects, Target, Term, read_effects
from configs.errors import StoreUnavailable
from decisioning.arbitration import UNKNOWN_EFFECT, Effect, Evidence
from decisioning.offers import Offer
from features.encoding import Encoder, RowEncoder
from features.vectors import Value
from serving.booster import read_booster
from serving.models import Interval, Matrix
from serving.terms import Scorer, scorer

CHANNEL = "channel"


@dataclass(frozen=True)
class EffectModel:
    """Implements `serving.models.EffectsModel`: effects of offers on channels, against control.

    `channels` are those that treatments were made on; None where the effects do not ask for the channel.
    """

    name: str
    version: str
    artefact: Effects
    scorer: Scorer
    row_encoder: RowEncoder
    encoder: Encoder
    channels: frozenset[str] | None

    def effects(self, rows: Sequence[Mapping[str, Value]], offers: Sequence[Offer]) -> list[Effect]:
        """The effect of each offer on what its row describes: the customer, the offer's attributes and the channel."""
        by_id = {offer.offer_id: offer for offer in offers}
        known = {name: self.artefact.grade_of(name, offer.kind) for name, offer in by_id.items()}
        grades: list[Evidence] = [
            "none" if self._is_new(row.get(CHANNEL)) else known[offer.offer_id]
            for offer, row in zip(offers, rows, strict=True)
        ]
        graded = [at for at, grade in enumerate(grades) if grade != "none"]
        effects = [UNKNOWN_EFFECT] * len(rows)
        if not graded:
            return effects
        made = {name for name in by_id if self.artefact.tried(name)}
        tried = np.array([offers[at].offer_id in made for at in graded])
        measured = self.measure(self.encode([rows[at] for at in graded]), tried)
        columns = [
            values for target in ("retention", "margin") for values in _listed(measured.get(target), len(graded))
        ]
        for at, (uplift, low, high, *margin) in zip(graded, zip(*columns, strict=True), strict=True):
            effects[at] = Effect(uplift, low, high, grades[at], *margin)
        return effects

    def encode(self, rows: Sequence[Mapping[str, Value]]) -> Matrix:
        """Rows x sources, before they are encoded for the terms; what a row lacks is NaN."""
        return self.row_encoder(rows)

    def measure(self, features: Matrix, tried: bool | NDArray[np.bool_]) -> dict[str, Interval]:
        """The uplifts of each target for rows x sources, whatever the evidence; `tried` where the offer was made."""
        scores = self.scorer(self.artefact.beside(self.encoder(features)))
        return {
            target.target: target.belief.uplift(scores[:, at], tried=tried)
            for at, target in enumerate(self.artefact.targets)
        }

    def grade(self, offer: Offer, channel: Value) -> Evidence:
        """How well the effect of an offer is known; "none" on a channel that no treatment was made on."""
        return "none" if self._is_new(channel) else self.artefact.grade_of(offer.offer_id, offer.kind)

    def tried(self, offer: Offer) -> bool:
        """Whether the offer's own effect was measured, rather than read off its attributes."""
        return self.artefact.tried(offer.offer_id)

    def why(self, offer: Offer, channel: str) -> str:
        """Why the evidence is what it is, and where it is "none", what data would lift it."""
        if self._is_new(channel):
            return f"nothing has been offered by {channel} yet; try it on a random share of customers"
        own = [found for found in self.artefact.evidence if found.offer_id == offer.offer_id]
        alike = own or [found for found in self.artefact.evidence if found.kind == offer.kind]
        if not alike:
            return f"no offer of kind {offer.kind} has been tried; try it on a random share of customers"
        return next((found.why for found in alike if found.grade == "none"), alike[0].why)

    def _is_new(self, channel: Value) -> bool:
        return self.channels is not None and channel not in self.channels


def load_effects(folder: Path, *, name: str, version: str) -> EffectModel:
    """The effects in an artefact directory. Raises StoreUnavailable where they cannot be read whole."""
    artefact = read_effects(folder)
    encoder = Encoder(artefact.columns)
    files = dict.fromkeys(term.booster for target in artefact.targets for term in target.terms if term.booster)
    boosters = {file: read_booster(folder / file) for file in files}
    for_trees = artefact.seen_by_trees(encoder.for_trees)
    if problems := [*_odd_parts(artefact), *_odd_terms(artefact, boosters, len(for_trees))]:
        raise StoreUnavailable(f"{folder}: the effects do not fit together: {'; '.join(problems)}")
    by_target = scorer(artefact.targets, boosters, for_trees)
    levels = next((source.levels for source in artefact.sources if source.name == CHANNEL), None)
    channels = None if levels is None else frozenset(levels)
    return EffectModel(name, version, artefact, by_target, RowEncoder(artefact.sources), encoder, channels)


def _listed(measured: Interval | None, rows: int) -> tuple[list[float] | list[None], ...]:
    if measured is None:
        return ([None] * rows,) * 3
    return tuple(values.tolist() for values in measured)


def _odd_parts(artefact: Effects) -> list[str]:
    """What is wrong with the artefact as a whole."""
    found = []
    targets = [target.target for target in artefact.targets]
    if not targets or len(set(targets)) < len(targets):
        found.append(f"the targets are {', '.join(targets) or 'none'}; retention, margin or one of each is allowed")
    if any(not 0 <= column.source < len(artefact.sources) for column in artefact.columns):
        found.append("a column is of a feature that the artefact does not list")
    if artefact.acceptance and _is_odd(artefact.acceptance, len(artefact.columns)):
        found.append("the model of acceptance is of other columns")
    return found


def _is_odd(acceptance: Acceptance, columns: int) -> bool:
    expected = columns * (1 + len(acceptance.levels))
    beyond = any(not 0 <= column < columns for column in (*acceptance.levels, *acceptance.products))
    return beyond or any(len(member.coefficients) != expected for member in acceptance.members)


def _odd_terms(artefact: Effects, boosters: Mapping[str, lgb.Booster], for_trees: int) -> list[str]:
    """What is wrong with the terms of each target."""
    found = []
    for target in artefact.targets:
        if not target.terms:
            found.append(f"{target.target} has no terms")
        if not all(map(isfinite, _numbers(target))):
            found.append(f"{target.target} has a number that is not finite")
        odd = (_odd(term, boosters, artefact.width, for_trees) for term in target.terms)
        found += [f"{target.target}: {problem}" for problem in odd if problem]
    return found


def _odd(term: Term, boosters: Mapping[str, lgb.Booster], columns: int, for_trees: int) -> str | None:
    if term.linear and not term.booster:
        given = [len(term.linear.coefficients), *(len(one.coefficients) for one in term.crossed)]
        if odd := next((count for count in given if count != columns), None):
            return f"{odd} coefficients for {columns} columns"
        beyond = any(one.column >= columns for one in term.crossed)
        return "a product with a column that is not there" if beyond else None
    if term.linear or not term.booster:
        return "a term is either linear or a booster"
    booster, expected = boosters[term.booster], for_trees + (term.treated is not None)
    if booster.num_feature() != expected:
        return f"{term.booster} has {booster.num_feature()} columns, the artefact {expected}"
    if booster.num_model_per_iteration() != 1:
        return f"{term.booster} gives {booster.num_model_per_iteration()} numbers a row, not 1"
    return f"{term.booster} is multiplied by a column that is not there" if (term.times or 0) >= columns else None


def _numbers(target: Target) -> list[float]:
    linear = [number for term in target.terms if term.linear for number in term.linear.coefficients]
    linear += [number for term in target.terms for one in term.crossed for number in one.coefficients]
    intercepts = [term.linear.intercept for term in target.terms if term.linear]
    weights = [term.weight for term in target.terms]
    belief = target.belief
    return [*linear, *intercepts, *weights, belief.centre, belief.mean, belief.slope, belief.cov]
