"""Training and serving share an artefact of effects, not code: a target's scores must be the same in both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from configs.artefact import Column, Source
from configs.effects import FILE, Belief, Target
from configs.training import EffectTraining
from decisioning.offers import Offer
from features.encoding import Encoder, from_frame
from serving.effects import load_effects
from tests.serving import effect_artefacts
from tests.serving.effect_artefacts import BOOSTERS, ON_RETENTION, S_LEARNER, T_LEARNER, evidence, linear, target
from training.effects.contrast import Contrast, fold_of
from training.effects.fit import learn, score

ROWS, FOLDS = 900, 3
SOURCES = tuple(Source(name=f"x__{name}") for name in "abcde")
# The last is the logarithm of the first, which boosters do not see.
COLUMNS = (
    *(Column(source=at, op="number", value=0.5, mean=1.5, scale=1.0) for at in range(5)),
    Column(source=0, op="log", value=0.5, mean=0.0, scale=1.0),
)
ENCODER = Encoder(COLUMNS)
BELIEF = Belief(centre=0.1, mean=0.2, slope=0.8, var_mean=0.01, cov=0.001, var_slope=0.02)


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    made = pd.DataFrame(rng.uniform(0, 3, size=(ROWS, 5)), columns=[source.name for source in SOURCES])
    return made.mask(rng.random(made.shape) < 0.1)


def contrast(of: Literal["retention", "margin"]) -> Contrast:
    """A randomised test in which the effect grows with the first column."""
    rng, z = np.random.default_rng(7), ENCODER(from_frame(SOURCES, frame()))
    treated = rng.integers(0, 2, ROWS).astype(float)
    moved = 0.3 * treated * z[:, 0]
    stayed = (rng.random(ROWS) < 0.5 + moved).astype(float)
    return Contrast(
        target=of,
        z=z,
        for_trees=ENCODER.for_trees,
        treated=treated,
        outcome=stayed if of == "retention" else 10 + 20 * moved + rng.normal(size=ROWS),
        share=np.full(ROWS, 0.5),
        weight=np.ones(ROWS),
        group=np.arange(ROWS),
        fold=fold_of(pd.Series([f"c{number}" for number in range(ROWS)]), FOLDS),
    )


def served_as_trained(folder: Path, made: Target, boosters: Mapping[str, lgb.Booster]) -> np.ndarray:
    """The uplifts of every row with their intervals, having checked that both sides agree on them."""
    artefact = effect_artefacts.artefact(made, tried=evidence(o1_A="randomised"))
    for name, booster in boosters.items():
        booster.save_model(folder / name)
    described = artefact.model_copy(update={"sources": SOURCES, "columns": COLUMNS})
    (folder / FILE).write_text(described.model_dump_json(indent=1))
    served = load_effects(folder, name="tenure-effects", version="1")

    rows = frame().astype(object).where(frame().notna(), None).to_dict("records")
    effects = served.effects(rows, [Offer("o1_A", "o1_A", "A", cost=1.0, value=2.0, channels=("email",))] * ROWS)
    numbers = slice(0, 3) if made.target == "retention" else slice(4, 7)
    seen = np.array([effect[numbers] for effect in effects], np.float64)
    z = ENCODER(from_frame(SOURCES, frame()))
    expected = np.column_stack(made.belief.uplift(score(made, boosters, z, ENCODER.for_trees)))
    assert seen == pytest.approx(expected, abs=1e-9)
    return seen


HALF = linear((0.1, -0.2, 0.0, 0.3, 0.0, 0.05), 0.01, link="logit"), linear((0.0,) * 5 + (0.2,), member=1, weight=-0.5)
TARGETS = {
    "linear": target(*HALF, belief=BELIEF),
    "with products": target(linear((0.1,) * 6, crossed=((2, (0.3,) * 6), (5, (0.2,) * 6)), link="logit"), *HALF),
    "T": T_LEARNER,
    "S": S_LEARNER,
    "linear, corrected by trees": target(*HALF, *T_LEARNER.terms, belief=BELIEF),
    "in proportion to a column": target(
        *HALF, *(term.model_copy(update={"times": 2}) for term in T_LEARNER.terms), belief=BELIEF
    ),
    "on margin": target(*HALF, *S_LEARNER.terms, of="margin"),
}


@pytest.mark.parametrize("made", TARGETS.values(), ids=TARGETS.keys())
def test_terms_of_every_kind_are_served_as_training_scores_them(tmp_path: Path, made: Target) -> None:
    names = {term.booster for term in made.terms if term.booster}
    uplifts = served_as_trained(tmp_path, made, {name: BOOSTERS[name] for name in names})
    assert np.ptp(uplifts[:, 0]) > 0.01


@pytest.mark.parametrize("of", ["retention", "margin"])
def test_what_was_learned_is_served_as_it_was_judged(tmp_path: Path, of: Literal["retention", "margin"]) -> None:
    learned = learn(contrast(of), EffectTraining(folds=FOLDS, max_rounds=12))
    uplifts = served_as_trained(tmp_path, learned.target, learned.boosters)
    assert np.corrcoef(uplifts[:, 0], frame()["x__a"].fillna(0.5))[0, 1] > 0.5  # it is an effect that grows with it


def test_the_targets_by_hand_are_about_the_same_columns() -> None:
    assert len(ON_RETENTION.terms[0].linear.coefficients) + 1 == len(COLUMNS)  # type: ignore[union-attr]
    assert {booster.num_feature() for booster in BOOSTERS.values()} == {
        len(ENCODER.for_trees),
        len(ENCODER.for_trees) + 1,
    }
