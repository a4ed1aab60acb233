"""The learners of effects, simplest first: averages by action; S and DR, linear and shrunk; S, T, X, DR on boosters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import lightgbm as lgb
import numpy as np

from configs.artefact import Linear
from configs.effects import Term
from configs.training import EffectTraining
from training.effects import linear
from training.effects.boosted import Grown, Trees
from training.effects.contrast import Contrast, Index, Vector
from training.effects.members import in_all_columns
from training.effects.nuisance import Nuisances


@dataclass(frozen=True)
class Candidate:
    """A learner fitted for some folds. `scores` (n,) are by the member blind to the row's customer, NaN elsewhere."""

    learner: str
    terms: tuple[Term, ...]
    scores: Vector
    boosters: Mapping[str, lgb.Booster] = field(default_factory=dict)


@dataclass(frozen=True)
class Shared:
    """What learners have in common: the rows, what is expected of them, and columns binned once."""

    contrast: Contrast
    settings: EffectTraining
    nuisances: Nuisances
    _expected: dict[int, tuple[Vector, Vector]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def trees(self) -> Trees:
        """On the columns that boosters see."""
        return Trees(self.contrast, self.settings)

    @cached_property
    def asked(self) -> Trees:
        """The same with the treatment beside them."""
        return Trees(self.contrast, self.settings, asked=True)

    @cached_property
    def arms(self) -> tuple[Index, Index]:
        """Untreated rows, and treated ones."""
        return np.flatnonzero(self.contrast.treated == 0), np.flatnonzero(self.contrast.treated == 1)

    def expected(self, fold: int) -> tuple[Vector, Vector]:
        """Outcomes (n,) expected without and with treatment by the linear member that is blind to `fold`."""
        if fold not in self._expected:
            self._expected[fold] = self.nuisances.members.expected(self.contrast, fold)
        return self._expected[fold]

    @cached_property
    def times(self) -> Vector | None:
        """What corrections of the linear effect are in proportion to; None: to nothing."""
        dose = self.contrast.dose
        return None if dose is None else self.contrast.z[:, dose]

    @property
    def base(self) -> tuple[tuple[Term, ...], Vector]:
        """The linear effect that boosters correct."""
        return self.nuisances.members.terms(self.contrast), self.nuisances.treated - self.nuisances.untreated


FEW_ROWS = 10.0  # a penalty worth as many rows
Folds = Sequence[int]
Learner = Callable[[Shared, Folds], Candidate]


def by_action(shared: Shared) -> Candidate:
    """What each kind of offer and each channel gains on average, whoever the customer is; hardly shrunk."""
    contrast, gains = shared.contrast, shared.nuisances.gains
    columns = np.column_stack([np.ones(len(gains)), contrast.z[:, contrast.of_action]])
    penalty = np.diag(np.r_[0.0, np.full(columns.shape[1] - 1, FEW_ROWS)])
    terms, scores = [], np.empty(len(gains))
    for fold in range(contrast.folds):
        own = contrast.fold == fold
        weighted = columns[~own] * contrast.weight[~own, None]
        found = np.linalg.solve(weighted.T @ columns[~own] + penalty, weighted.T @ gains[~own])
        scores[own] = columns[own] @ found
        wide = in_all_columns(contrast, contrast.of_action, found[1:])
        averages = Linear(intercept=float(found[0]), coefficients=tuple(wide.tolist()))
        terms.append(Term(member=fold, weight=1.0, link="identity", linear=averages))
    return Candidate("average by action", tuple(terms), scores)


def s_linear(shared: Shared) -> Candidate:
    """The linear model that expected outcomes come from, asked twice."""
    return Candidate("S-logistic" if shared.contrast.binary else "S-linear", *shared.base)


def dr_ridge(shared: Shared) -> Candidate:
    """A ridge regression of the gains.

    Gains rest on expected outcomes of models that saw other folds, this member's own among them: being unbiased
    whatever those models say, they carry nothing of it on (Chernozhukov et al. 2018).
    """
    members = linear.dr_learner(shared.contrast, shared.nuisances.gains)
    untreated, treated = members.expected(shared.contrast)
    return Candidate("DR-ridge", members.terms(shared.contrast), treated - untreated)


def s_boosted(shared: Shared, folds: Folds) -> Candidate:
    """One booster that sees the treatment as a column."""
    contrast, trees = shared.contrast, shared.asked
    grown = trees.grow("s", lambda _: contrast.outcome, np.arange(len(contrast.z)), folds, binary=contrast.binary)
    columns = trees.columns[:, :-1]
    untreated, treated = (
        trees.ask(grown.boosters, np.column_stack([columns, np.full(len(columns), arm)])) for arm in (0.0, 1.0)
    )
    parts = (_Part(grown, 1.0, 1), _Part(grown, -1.0, 0))
    return _boosted("S-LightGBM", contrast, treated - untreated, parts, logit=contrast.binary)


def t_boosted(shared: Shared, folds: Folds) -> Candidate:
    """A booster of either arm; their difference."""
    contrast = shared.contrast
    untreated, treated = (
        shared.trees.grow(f"t{arm}", lambda _: contrast.outcome, rows, folds, binary=contrast.binary)
        for arm, rows in enumerate(shared.arms)
    )
    parts = (_Part(treated, 1.0), _Part(untreated, -1.0))
    return _boosted("T-LightGBM", contrast, treated.held - untreated.held, parts, logit=contrast.binary)


def x_boosted(shared: Shared, folds: Folds) -> Candidate:
    """The linear effect, and boosters of what each arm's outcomes leave of it; mixed by the share treated.

    Source: Kuenzel, Sekhon, Bickel and Yu 2019.
    """
    contrast = shared.contrast

    def left(fold: int) -> Vector:
        untreated, treated = shared.expected(fold)
        return np.where(contrast.treated == 1, contrast.outcome - treated, untreated - contrast.outcome)

    untreated, treated = (
        shared.trees.grow(f"x{arm}", left, rows, folds, times=shared.times) for arm, rows in enumerate(shared.arms)
    )
    share = -contrast.code_untreated
    correction = share * untreated.held + (1 - share) * treated.held
    parts = (_Part(untreated, share, times=contrast.dose), _Part(treated, 1 - share, times=contrast.dose))
    return _corrected("X-LightGBM", shared, correction, parts)


def dr_boosted(shared: Shared, folds: Folds) -> Candidate:
    """The linear effect, and a booster of what gains leave of it."""
    contrast = shared.contrast

    def left(fold: int) -> Vector:
        untreated, treated = shared.expected(fold)
        return shared.nuisances.gains - (treated - untreated)

    grown = shared.trees.grow("dr", left, np.arange(len(contrast.z)), folds, times=shared.times)
    return _corrected("DR-LightGBM", shared, grown.held, (_Part(grown, 1.0, times=contrast.dose),))


BOOSTED: tuple[Learner, ...] = (s_boosted, t_boosted, x_boosted, dr_boosted)


def linear_learners(contrast: Contrast) -> tuple[Callable[[Shared], Candidate], ...]:
    """Averages, where there are several actions; S; and for yes or no DR, which for an amount is only noisier.

    Without averages, a rare, heavy-tailed outcome lets a learner win by luck that loses which offer is the better.
    """
    several = (by_action,) if len(contrast.of_action) else ()
    return (*several, s_linear, dr_ridge) if contrast.binary else (*several, s_linear)


def centred(one: Candidate, contrast: Contrast) -> Candidate:
    """The same learner, each member moved so that it scores its own fold like all others on average.

    A member that is blind to customers with high gains expects less on average, for just that reason. Left in place,
    it would rank those customers low and turn the line of gains through scores.
    """
    folds = [fold for fold in range(contrast.folds) if not np.isnan(one.scores[contrast.fold == fold]).any()]
    known = np.isin(contrast.fold, folds)
    overall = np.average(one.scores[known], weights=contrast.weight[known])
    scores, terms = one.scores.copy(), list(one.terms)
    for fold in folds:
        own = contrast.fold == fold
        move = float(overall - np.average(scores[own], weights=contrast.weight[own]))
        scores[own] += move
        constant = Linear(intercept=move, coefficients=(0.0,) * contrast.z.shape[1])
        terms.append(Term(member=fold, weight=1.0, link="identity", linear=constant))
    return replace(one, terms=tuple(terms), scores=scores)


@dataclass(frozen=True)
class _Part:
    """Boosters of a learner: their weight in its score, and what they are told of the treatment."""

    grown: Grown
    weight: float
    treated: Literal[0, 1] | None = None
    times: int | None = None


def _corrected(learner: str, shared: Shared, correction: Vector, parts: Sequence[_Part]) -> Candidate:
    terms, scores = shared.base
    own = _boosted(learner, shared.contrast, scores + correction, parts, logit=False)
    return Candidate(learner, (*terms, *own.terms), own.scores, own.boosters)


def _boosted(learner: str, contrast: Contrast, scores: Vector, parts: Sequence[_Part], *, logit: bool) -> Candidate:
    boosters: dict[str, lgb.Booster] = {}
    terms = []
    for part in parts:
        first = next(at for at, other in enumerate(parts) if other.grown is part.grown)
        for member, booster in part.grown.boosters.items():
            name = f"{contrast.target}_{member}_{first}.txt"
            boosters[name] = booster
            link: Literal["identity", "logit"] = "logit" if logit else "identity"
            own = Term(member=member, weight=part.weight, link=link, booster=name)
            terms.append(own.model_copy(update={"treated": part.treated, "times": part.times}))
    return Candidate(learner, tuple(terms), scores, boosters)
