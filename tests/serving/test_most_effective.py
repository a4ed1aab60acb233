"""The offer that moves each customer most: the same as asking for every offer and channel one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from configs.effects import Effects
from configs.errors import DataError
from decisioning.arbitration import EffectOn
from decisioning.offers import Offer
from features.vectors import FeatureVector, Value, of_kind
from serving.catalogue import Catalogue
from serving.effects import EffectModel
from serving.most_effective import actions_at, of_table, of_vectors
from tests.serving.effect_artefacts import ON_MARGIN, ON_RETENTION, WITH_TREES, artefact, evidence, model

NOW = datetime(2023, 6, 1, tzinfo=UTC)
BOTH = ("email", "sms")


def offer(offer_id: str, channels: tuple[str, ...] = BOTH, valid_to: datetime | None = None) -> Offer:
    return Offer(offer_id, offer_id, offer_id[-1], cost=1.0, value=5.0, channels=channels, valid_to=valid_to)


CATALOGUE = Catalogue(
    (
        offer("o1_A", ("email", "pigeon")),
        offer("o2_B"),
        offer("old_A", valid_to=NOW),
        offer("new_A", ("sms",)),
        offer("x_C"),
    )
)


def vectors(count: int) -> list[FeatureVector]:
    rng = np.random.default_rng(3)
    return [
        FeatureVector(
            f"c{number}",
            NOW,
            {
                "recency__purchase_days": None if number % 5 == 0 else float(rng.uniform(0, 60)),
                "profile__plan": (None, "basic", "gold")[number % 3],
            },
            by_kind={"A": {"affinity__accepted": float(rng.integers(0, 4))}, "B": {"affinity__accepted": 3.0}},
        )
        for number in range(count)
    ]


def table(of: list[FeatureVector]) -> pa.Table:
    """The same customers as `features.everybody` gives them."""
    columns: dict[str, list[Value]] = {name: [one.values[name] for one in of] for name in of[0].values}
    for kind in "AB":
        columns[of_kind("affinity__accepted", kind)] = [one.by_kind[kind]["affinity__accepted"] for one in of]
    return pa.table({"customer_id": [one.customer_id for one in of], **columns})


def one_by_one(found: EffectModel, of: list[FeatureVector], on: EffectOn) -> list[tuple[str, str, float]]:
    """Per customer the offer, the channel and the greatest effect."""
    best = []
    for vector in of:
        options = []
        for action in actions_at(CATALOGUE, found, NOW):
            row = {**vector.values, **vector.by_kind[action.offer.kind], **action.row}
            [effect] = found.effects([row], [action.offer])
            options.append((effect.uplift if on == "retention" else effect.margin, action))
        value, action = max(options, key=lambda option: option[0])
        best.append((action.offer.offer_id, action.channel, value))
    return best


def test_only_what_is_valid_and_graded_may_be_the_most_effective(tmp_path: Path) -> None:
    actions = actions_at(CATALOGUE, model(tmp_path, artefact()), NOW)
    assert [(a.offer.offer_id, a.channel, a.evidence) for a in actions] == [
        ("o1_A", "email", "randomised"),
        ("o2_B", "email", "observational"),
        ("o2_B", "sms", "observational"),
        ("new_A", "sms", "randomised"),
    ]
    assert actions[0].row["offers__kind"] == "A"
    assert actions[0].row["channel"] == "email"


@pytest.mark.parametrize(
    ("made", "on", "several"),
    [
        (artefact(), "retention", False),  # the same sum for everybody but for what the customer is
        (artefact(), "margin", True),
        (WITH_TREES, "retention", True),
        (WITH_TREES, "margin", True),
    ],
)
def test_it_is_the_best_of_all_asked_one_by_one(tmp_path: Path, made: Effects, on: EffectOn, several: bool) -> None:
    found, some = model(tmp_path, made), vectors(40)
    actions = actions_at(CATALOGUE, found, NOW)
    expected = one_by_one(found, some, on)
    together = of_vectors(found, actions, some, on)
    assert [(action.offer.offer_id, action.channel) for action, _ in together] == [one[:2] for one in expected]
    greatest = [effect.uplift if on == "retention" else effect.margin for _, effect in together]
    assert greatest == pytest.approx([one[2] for one in expected], abs=1e-12)
    assert (len({one[:2] for one in expected}) > 1) is several

    whole = of_table(found, actions, table(some), on)
    assert [whole.of(number) for number in range(40)] == together


def test_the_other_numbers_are_those_of_the_same_action(tmp_path: Path) -> None:
    found = model(tmp_path, artefact())
    [(action, effect)] = of_vectors(found, actions_at(CATALOGUE, found, NOW), vectors(1), "margin")
    row = {**vectors(1)[0].values, **vectors(1)[0].by_kind[action.offer.kind], **action.row}
    assert [effect] == found.effects([row], [action.offer])
    assert effect.margin_low is not None


def test_many_customers_are_done_in_parts_with_the_same_result(tmp_path: Path) -> None:
    found, many = model(tmp_path, artefact()), vectors(9000)  # four actions: more than one matrix holds
    actions = actions_at(CATALOGUE, found, NOW)
    whole = of_table(found, actions, table(many), "retention")
    for first in (0, 8990):
        part = of_vectors(found, actions, many[first : first + 10], "retention")
        assert [whole.of(first + number) for number in range(10)] == part


@pytest.mark.parametrize(("learned", "on"), [(ON_RETENTION, "margin"), (ON_MARGIN, "retention")])
def test_the_target_there_is_stands_in_for_the_one_asked_for(tmp_path: Path, learned: object, on: EffectOn) -> None:
    found = model(tmp_path, artefact(learned))  # type: ignore[arg-type]
    actions = actions_at(CATALOGUE, found, NOW)
    [(action, effect)] = of_vectors(found, actions, vectors(1), on)
    assert action.offer.kind == "A"
    assert (effect.uplift is None, effect.margin is None) == (on == "retention", on == "margin")


def test_a_table_without_a_feature_is_refused(tmp_path: Path) -> None:
    found = model(tmp_path, artefact())
    actions = actions_at(CATALOGUE, found, NOW)
    lacking = table(vectors(3)).drop_columns(["profile__plan", "affinity__accepted@B"])
    with pytest.raises(DataError, match="tenure-effects version 1 needs features that are not there") as raised:
        of_table(found, actions, lacking, "retention")
    assert raised.value.message.endswith("affinity__accepted, profile__plan")


def test_an_offer_whose_validity_has_not_begun_waits(tmp_path: Path) -> None:
    found = model(tmp_path, artefact(tried=evidence(o1_A="randomised")))
    assert len(actions_at(CATALOGUE, found, NOW - timedelta(days=1))) == 4  # the old offer, on two channels, as well
