"""Effects written by hand: small enough that an uplift can be checked on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import lightgbm as lgb
import numpy as np

from configs.artefact import Column, Linear, Source
from configs.effects import FILE, Belief, Crossed, Effects, EffectsWindow, OfferEvidence, Target, Term
from decisioning.arbitration import Evidence
from serving.effects import EffectModel, load_effects

SOURCES = (
    Source(name="recency__purchase_days"),
    Source(name="profile__plan", levels=("basic", "gold")),
    Source(name="affinity__accepted"),
    Source(name="offers__kind", levels=("A", "B")),
    Source(name="channel", levels=("email", "sms")),
)
COLUMNS = (
    Column(source=0, op="number", value=10.0, mean=10.0, scale=10.0),
    Column(source=1, op="level", value=1.0, mean=0.0, scale=1.0),
    Column(source=2, op="number", value=0.0, mean=0.0, scale=1.0),
    Column(source=3, op="level", value=1.0, mean=0.0, scale=1.0),
    Column(source=4, op="level", value=1.0, mean=0.0, scale=1.0),
)
WINDOW = EffectsWindow(
    first_as_of=datetime(2023, 1, 1, tzinfo=UTC),
    last_as_of=datetime(2023, 6, 1, tzinfo=UTC),
    horizon_days=56,
    rows=6000,
    customers=2000,
    censored=12,
    fingerprint="0" * 16,
)
BELIEF = Belief(var_mean=1e-4, var_offers=3e-4)  # standard error .01, of an offer never made .02


def linear(
    coefficients: tuple[float, ...],
    intercept: float = 0.0,
    *,
    member: int = 0,
    weight: float = 1.0,
    link: Literal["identity", "logit"] = "identity",
    crossed: tuple[tuple[int, tuple[float, ...]], ...] = (),
) -> Term:
    return Term(
        member=member,
        weight=weight,
        link=link,
        linear=Linear(coefficients=coefficients, intercept=intercept),
        crossed=tuple(Crossed(column=column, coefficients=factors) for column, factors in crossed),
    )


def target(
    *terms: Term, of: Literal["retention", "margin"] = "retention", belief: Belief = BELIEF, learner: str = "by hand"
) -> Target:
    return Target(target=of, learner=learner, reason="made up", terms=terms, belief=belief)


# .03 + .02 x (days - 10) / 10 + .01 if gold - .08 for kind B + .01 by sms, the mean of two members.
ON_RETENTION = target(
    linear((0.01, 0.01, 0.0, -0.08, 0.01), 0.02, member=0), linear((0.03, 0.01, 0.0, -0.08, 0.01), 0.04, member=1)
)
# 1 + 2 a time that the kind was accepted, - 4 for kind B.
ON_MARGIN = target(linear((0.0, 0.0, 2.0, -4.0, 0.0), 1.0), of="margin", belief=Belief(var_mean=0.25))


def evidence(**grades: Evidence) -> tuple[OfferEvidence, ...]:
    """Grades by offer; the kind is the letter that an offer's name ends in."""
    return tuple(
        OfferEvidence(offer_id=name, kind=name[-1], grade=grade, why=f"why of {name}", treated=1000, controls=1000)
        for name, grade in grades.items()
    )


TRIED = evidence(o1_A="randomised", o2_B="observational")


def artefact(*targets: Target, tried: tuple[OfferEvidence, ...] = TRIED) -> Effects:
    return Effects(
        dataset="by hand",
        sources=SOURCES,
        columns=COLUMNS,
        targets=targets or (ON_RETENTION, ON_MARGIN),
        evidence=tried,
        window=WINDOW,
    )


def grown(columns: int = 5, seed: int = 0, rounds: int = 12, objective: str = "regression") -> lgb.Booster:
    """A booster of a few trees on random columns, of which the last, a flag, decides what the first one means."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(400, columns))
    z[:, -1] = rng.integers(0, 2, 400)
    outcome = z[:, 0] * z[:, -1] + rng.normal(size=400)
    settings = {"objective": objective, "verbose": -1, "num_threads": 1, "deterministic": True, "num_leaves": 6}
    label = (outcome > 0).astype(float) if objective == "binary" else outcome
    return lgb.train(settings, lgb.Dataset(z, label), rounds)


# A T-learner on retention and an S-learner on margin, each of two members.
BOOSTERS: Mapping[str, lgb.Booster] = {
    **{f"retention_{member}_{arm}.txt": grown(seed=2 * member + arm, objective="binary", rounds=9 + arm)
       for member in (0, 1) for arm in (0, 1)},
    **{f"margin_{member}_0.txt": grown(columns=6, seed=8 + member) for member in (0, 1)},
}  # fmt: skip
T_LEARNER = target(
    *(Term(member=member, weight=2.0 * arm - 1, link="logit", booster=f"retention_{member}_{arm}.txt")
      for member in (0, 1) for arm in (0, 1)),
    learner="T",
)  # fmt: skip
S_LEARNER = target(
    *(Term(member=member, weight=2.0 * arm - 1, link="identity", treated=arm, booster=f"margin_{member}_0.txt")
      for member in (0, 1) for arm in (0, 1)),
    of="margin", learner="S",
)  # fmt: skip
WITH_TREES = artefact(T_LEARNER, S_LEARNER)


def write(folder: Path, made: Effects, boosters: Mapping[str, lgb.Booster] = BOOSTERS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in {term.booster for one in made.targets for term in one.terms if term.booster}:
        boosters[name].save_model(folder / name)
    (folder / FILE).write_text(made.model_dump_json())
    return folder


def model(folder: Path, made: Effects, version: str = "1") -> EffectModel:
    return load_effects(write(folder, made), name="tenure-effects", version=version)
