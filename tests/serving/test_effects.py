"""Trained effects as serving reads them: uplifts on paper, evidence before numbers, nothing damaged let in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from configs.artefact import Linear
from configs.effects import FILE, WIDTH, Acceptance, Belief
from configs.errors import StoreUnavailable
from decisioning.arbitration import UNKNOWN_EFFECT, Effect
from decisioning.offers import Offer
from features.vectors import Value
from serving.effects import load_effects
from tests.serving.effect_artefacts import (
    BOOSTERS,
    ON_MARGIN,
    ON_RETENTION,
    S_LEARNER,
    T_LEARNER,
    WITH_TREES,
    artefact,
    evidence,
    grown,
    linear,
    model,
    target,
    write,
)


def offer(offer_id: str) -> Offer:
    return Offer(offer_id, offer_id, offer_id[-1], cost=1.0, value=5.0, channels=("email", "sms"))


def seen(kind: str = "A", channel: str = "email", **customer: Value) -> dict[str, Value]:
    return {**customer, "offers__kind": kind, "channel": channel}


@pytest.mark.parametrize(
    ("row", "uplift", "margin"),
    [
        (seen(recency__purchase_days=10.0), 0.03, 1.0),
        (seen(recency__purchase_days=30.0, profile__plan="gold", channel="sms"), 0.03 + 0.04 + 0.01 + 0.01, 1.0),
        (seen("B", recency__purchase_days=10.0, affinity__accepted=2.0), 0.03 - 0.08, 1.0 + 4.0 - 4.0),
        (seen(), 0.03, 1.0),  # the training median where a feature is null
    ],
)
def test_an_effect_on_paper(tmp_path: Path, row: dict[str, Value], uplift: float, margin: float) -> None:
    [found] = model(tmp_path, artefact()).effects([row], [offer("o1_A")])
    around, about = WIDTH * 0.01, WIDTH * 0.5
    expected = (uplift, uplift - around, uplift + around, margin, margin - about, margin + about)
    assert (*found[:3], *found[4:]) == pytest.approx(expected)
    assert found.evidence == "randomised"
    assert {type(number) for number in (*found[:3], *found[4:])} == {float}


def test_the_line_through_held_out_customers_is_applied(tmp_path: Path) -> None:
    belief = Belief(centre=0.01, mean=0.05, slope=0.5, var_mean=1e-4, cov=-1e-3, var_slope=0.25)
    made = artefact(target(*ON_RETENTION.terms, belief=belief))
    [found] = model(tmp_path, made).effects([seen()], [offer("o1_A")])  # a score of .03
    variance = 1e-4 - 2 * 1e-3 * 0.02 + 0.25 * 0.02**2
    assert found.uplift == pytest.approx(0.05 + 0.5 * 0.02)
    assert found.high == pytest.approx(0.06 + WIDTH * variance**0.5)


@pytest.mark.parametrize(
    ("offer_id", "channel", "grade", "tried"),
    [
        ("o1_A", "email", "randomised", True),
        ("o2_B", "sms", "observational", True),
        ("new_A", "email", "randomised", False),  # read off its attributes
        ("new_C", "email", "none", False),  # no offer of its kind was ever made
        ("o3_D", "email", "none", False),  # made, and not to be told apart
        ("new_D", "email", "none", False),
        ("o1_A", "pigeon", "none", True),  # nothing was ever offered that way
    ],
)
def test_without_evidence_there_is_no_number(
    tmp_path: Path, offer_id: str, channel: str, grade: str, tried: bool
) -> None:
    tried_so_far = evidence(o1_A="randomised", o2_B="observational", o3_D="none")
    found = model(tmp_path, artefact(tried=tried_so_far))
    [effect] = found.effects([seen(offer_id[-1], channel)], [offer(offer_id)])
    assert (effect.evidence, found.tried(offer(offer_id))) == (grade, tried)
    if grade == "none":
        assert effect == UNKNOWN_EFFECT
    else:
        # A standard error of .01, and of .02 where the offers' own spread comes to it.
        assert effect.high - effect.uplift == pytest.approx(WIDTH * (0.01 if tried else 0.02))


def test_candidates_with_and_without_evidence_keep_their_order(tmp_path: Path) -> None:
    rows = [seen("C"), seen("A"), seen("C"), seen("B"), seen("A", "sms")]
    offers = [offer(name) for name in ("x_C", "o1_A", "x_C", "o2_B", "o1_A")]
    found = model(tmp_path, artefact()).effects(rows, offers)
    assert [effect.uplift for effect in found] == pytest.approx([None, 0.03, None, -0.05, 0.04])
    assert [effect.evidence for effect in found] == ["none", "randomised", "none", "observational", "randomised"]


@pytest.mark.parametrize(("targets", "known"), [((ON_RETENTION,), (True, False)), ((ON_MARGIN,), (False, True))])
def test_a_target_that_was_not_learned_is_not_known(
    tmp_path: Path, targets: tuple[Any, ...], known: tuple[bool, bool]
) -> None:
    [effect] = model(tmp_path, artefact(*targets)).effects([seen()], [offer("o1_A")])
    assert isinstance(effect, Effect)
    assert (effect.uplift is not None, effect.margin is not None) == known
    assert (effect.low is not None, effect.margin_high is not None) == known


def test_trees_take_part(tmp_path: Path) -> None:
    found = model(tmp_path, WITH_TREES)
    rows = [seen(kind, recency__purchase_days=days) for kind in "AB" for days in (0.0, 15.0, 40.0)]
    effects = found.effects(rows, [offer("o1_A")] * 6)
    z = found.encoder(found.encode(rows))
    arms = [BOOSTERS[f"retention_{member}_{arm}.txt"].predict(z) for member in (0, 1) for arm in (0, 1)]
    assert [effect.uplift for effect in effects] == pytest.approx((arms[1] - arms[0] + arms[3] - arms[2]) / 2)
    assert len({effect.margin for effect in effects}) > 2


@pytest.mark.parametrize(
    ("offer_id", "channel", "said"),
    [
        ("o1_A", "email", "why of o1_A"),
        ("new_A", "email", "why of o1_A"),
        ("o3_D", "email", "why of o3_D"),
        ("new_C", "email", "no offer of kind C has been tried; try it on a random share of customers"),
        ("o1_A", "pigeon", "nothing has been offered by pigeon yet; try it on a random share of customers"),
    ],
)
def test_why_the_evidence_is_what_it_is(tmp_path: Path, offer_id: str, channel: str, said: str) -> None:
    found = model(tmp_path, artefact(tried=evidence(o1_A="randomised", o3_D="none")))
    assert found.why(offer(offer_id), channel) == said


def test_terms_may_see_how_likely_the_offer_is_accepted(tmp_path: Path) -> None:
    """p = 1 / (1 + exp(-(-2 + days))), told as p / .5, and .01 of retention for each of it, .02 more where gold."""
    by_days = Linear(coefficients=(1.0, 0.0, 0.0, 0.0, 0.0), intercept=-2.0)
    accepting = Acceptance(members=(by_days,), products=(1,), scale=0.5)
    seen_too = (*(0.0,) * 5, 0.01, 0.02)
    made = artefact(target(linear(seen_too))).model_copy(update={"acceptance": accepting})
    rows = [seen(recency__purchase_days=30.0), seen(recency__purchase_days=30.0, profile__plan="gold"), seen()]
    found = model(tmp_path, made).effects(rows, [offer("o1_A")] * 3)
    unlikely = 1 / (1 + np.exp(2.0))
    assert [effect.uplift for effect in found] == pytest.approx([0.01, 0.03, 0.01 * unlikely / 0.5])


def test_no_candidate_has_no_effect(tmp_path: Path) -> None:
    assert model(tmp_path, artefact()).effects([], []) == []


def changed(**values: object) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = json.loads((folder / FILE).read_text())
        (folder / FILE).write_text(json.dumps({**content, **values}))

    return damage


def targets(*made: Any) -> Callable[[Path], None]:
    return changed(targets=[one.model_dump(mode="json") for one in made])


def cut(name: str, share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])

    return damage


def foreign(columns: int, name: str) -> Callable[[Path], None]:
    return lambda folder: grown(columns=columns).save_model(folder / name) and None


def term(**values: object) -> Any:
    return T_LEARNER.model_copy(update={"terms": (T_LEARNER.terms[0].model_copy(update=values),)})


T_FILE, S_FILE = "retention_0_1.txt", "margin_1_0.txt"
DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no effects": (lambda folder: (folder / FILE).unlink(), "no effects can be read from it"),
    **{f"effects cut to {share}": (cut(FILE, share), "no effects can be read from it") for share in (0, 0.5, 0.99)},
    "a later format": (changed(format=2), "effects format 2, this Tenure reads 1"),
    "an unknown field": (changed(secret=1), "no effects can be read from it"),
    "an unknown grade": (changed(evidence=[{"grade": "sure"}]), "no effects can be read from it"),
    "a booster lost": (lambda folder: (folder / T_FILE).unlink(), f"{T_FILE}: a booster cannot be read"),
    **{f"booster cut to {share}": (cut(S_FILE, share), f"{S_FILE}: a booster") for share in (0, 0.3, 0.9, 0.99)},
    "of other columns": (foreign(4, T_FILE), f"retention: {T_FILE} has 4 columns, the artefact 5"),
    "without its last column": (foreign(5, S_FILE), f"margin: {S_FILE} has 5 columns, the artefact 6"),
    "no targets": (targets(), "the targets are none"),
    "a target twice": (targets(ON_MARGIN, ON_MARGIN), "the targets are margin, margin"),
    "no terms": (targets(target()), "retention has no terms"),
    "fewer coefficients": (targets(target(linear((1.0, 2.0)))), "retention: 2 coefficients for 5 columns"),
    "fewer factors": (
        targets(target(linear((1.0,) * 5, crossed=((3, (1.0, 2.0)),)))),
        "retention: 2 coefficients for 5 columns",
    ),
    "a product with nothing": (
        targets(target(linear((1.0,) * 5, crossed=((5, (1.0,) * 5),)))),
        "retention: a product with a column that is not there",
    ),
    "acceptance of other columns": (
        changed(acceptance={"members": [{"coefficients": [1.0], "intercept": 0.0}], "scale": 1.0}),
        "the model of acceptance is of other columns",
    ),
    "acceptance by a level that is not there": (
        changed(acceptance={"members": [{"coefficients": [1.0] * 10, "intercept": 0}], "levels": [5], "scale": 1.0}),
        "the model of acceptance is of other columns",
    ),
    "acceptance times a column that is not there": (
        changed(acceptance={"members": [{"coefficients": [1.0] * 5, "intercept": 0}], "products": [-1], "scale": 1.0}),
        "the model of acceptance is of other columns",
    ),
    "terms without what acceptance adds": (
        changed(acceptance={"members": [{"coefficients": [1.0] * 5, "intercept": 0.0}], "scale": 1.0}),
        f"{T_FILE} has 5 columns, the artefact 6",
    ),
    "no number": (
        targets(ON_MARGIN.model_copy(update={"belief": Belief(slope=float("inf"))})),
        "margin has a number that is not finite",
    ),
    "neither kind of term": (targets(term(booster=None)), "a term is either linear or a booster"),
    "both kinds of term": (targets(term(linear=linear((1.0,) * 5).linear)), "a term is either linear or a booster"),
    "a column of nothing": (changed(sources=[{"name": "channel"}]), "a column is of a feature that the artefact"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES.keys())
def test_what_is_damaged_or_foreign_is_refused(tmp_path: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(write(tmp_path, WITH_TREES))
    with pytest.raises(StoreUnavailable, match=message):
        load_effects(tmp_path, name="tenure-effects", version="1")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, artefact(target(linear((1.0,))), target(linear((1.0, 2.0)), of="margin")))
    with pytest.raises(StoreUnavailable) as raised:
        load_effects(tmp_path, name="tenure-effects", version="1")
    assert "retention: 1 coefficients for 5 columns; margin: 2 coefficients for 5 columns" in str(raised.value)


def test_an_s_learner_is_asked_as_treated_and_as_not(tmp_path: Path) -> None:
    found = model(tmp_path, artefact(S_LEARNER))
    row = seen(recency__purchase_days=25.0)
    [effect] = found.effects([row], [offer("o1_A")])
    z = found.encoder(found.encode([row]))
    asked = [BOOSTERS[f"margin_{m}_0.txt"].predict([[*z[0], arm]])[0] for m in (0, 1) for arm in (1, 0)]
    assert effect.margin == pytest.approx((asked[0] - asked[1] + asked[2] - asked[3]) / 2)
