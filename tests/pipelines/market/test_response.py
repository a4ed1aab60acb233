"""Reach, acceptance and what they do: who is moved by what, and who had better be left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipelines.market.catalogue import ACTIONS, CHANNELS, OFFERS
from pipelines.market.climate import Climate
from pipelines.market.lives import ACTIVE, FADING, GONE
from pipelines.market.response import Mood, acceptance, accepted, contacted, reach, strength
from pipelines.market.traits import Traits

BY_ID = {offer.offer_id: offer for offer in OFFERS}
NOW = Climate(1.0, 1.0, 0.0, competitor=False)
RIVAL = replace(NOW, competitor=True)


def mood(rows: int, state: int, *, grieved: float = 99.0, fatigue: float = 0.0) -> Mood:
    return Mood(np.full(rows, state), np.full(rows, grieved), np.full(rows, fatigue))


@pytest.mark.parametrize("state", [ACTIVE, FADING, GONE])
def test_everything_is_a_probability_and_jumps_exclude_each_other(traits: Traits, state: int) -> None:
    feeling = mood(4_000, state, grieved=2.0, fatigue=3.0)
    for action in ACTIONS:
        offer = OFFERS[action.offer]
        for now in (NOW, RIVAL):
            shift = accepted(traits, feeling, offer, now)
            for chance in (
                reach(traits, feeling, action.channel),
                acceptance(traits, feeling, offer, action.channel),
                strength(traits, feeling, offer, now),
                shift.wakes,
            ):
                assert chance.min() >= 0.0
                assert chance.max() <= 1.0
    shift = contacted(traits, feeling)
    assert (shift.wakes + shift.loses).max() <= 1.0


@pytest.mark.parametrize(
    ("offer", "trait", "weak", "strong"),
    [
        ("discount_25", "deal", 0.3, 0.7),
        ("points_1000", "digital", 0.3, 0.8),
        ("gift_box", "basket", 8.0, 14.0),
    ],
)
def test_each_kind_moves_its_own_people_beyond_a_threshold(
    traits: Traits, offer: str, trait: str, weak: float, strong: float
) -> None:
    someone = {"deal": 0.1, "digital": 0.5, "basket": 10.0, "rate": 1.8, "plan": 0}
    found = []
    for value in (weak, strong):
        people = replace(traits, **{name: np.full(4_000, given) for name, given in (someone | {trait: value}).items()})
        found.append(strength(people, mood(4_000, FADING), BY_ID[offer], NOW)[0])
    assert found[0] < 0.2
    assert found[1] > 0.7


@pytest.mark.parametrize(("grieved", "strong"), [(0.0, True), (7.0, True), (8.0, False), (99.0, False)])
def test_an_apology_is_welcome_for_eight_weeks(traits: Traits, grieved: float, strong: bool) -> None:
    found = strength(traits, mood(4_000, FADING, grieved=grieved), BY_ID["service_care"], NOW)
    assert ((found > 0.5) == strong).all()


@pytest.mark.parametrize(("offer", "factor"), [("discount_25", 0.4), ("service_care", 0.95 / 0.94), ("gift_box", 1.0)])
def test_concept_drift_takes_the_edge_off_discounts(traits: Traits, offer: str, factor: float) -> None:
    feeling = mood(4_000, FADING, grieved=1.0)
    before, after = (strength(traits, feeling, BY_ID[offer], now) for now in (NOW, RIVAL))
    moved = (before > 0.5) & (before < 0.945)  # short of the most there can be
    assert (after[moved] - 0.04) / (before[moved] - 0.04) == pytest.approx(factor, rel=0.02)


def test_an_acceptance_brings_back_who_fades_more_easily_than_who_has_gone(traits: Traits) -> None:
    for offer in OFFERS:
        wakes = [accepted(traits, mood(4_000, state), offer, NOW).wakes.mean() for state in (ACTIVE, GONE, FADING)]
        assert wakes[0] == 0.0
        assert wakes[0] < wakes[1] < wakes[2]


def test_only_points_make_keen(traits: Traits) -> None:
    keen = {offer.kind: accepted(traits, mood(4_000, ACTIVE), offer, NOW).keen.max() for offer in OFFERS}
    assert {kind for kind, most in keen.items() if most > 0} == {"points"}


def test_a_contact_wakes_idle_contracts_to_end_them_and_cannot_reach_those_gone(traits: Traits) -> None:
    idle = replace(traits, plan=np.ones(4_000, dtype=np.int64), rate=np.full(4_000, 0.6), touchy=np.zeros(4_000))
    busy = replace(idle, rate=np.full(4_000, 3.0))
    free = replace(idle, plan=np.zeros(4_000, dtype=np.int64))
    losses = [contacted(people, mood(4_000, ACTIVE)).loses.mean() for people in (idle, busy, free)]
    assert losses[0] == pytest.approx(0.25, abs=1e-3)
    assert losses[1] == pytest.approx(0.0, abs=1e-3)
    assert losses[2] == pytest.approx(0.0, abs=1e-3)
    assert contacted(idle, mood(4_000, FADING)).loses.mean() == pytest.approx(0.4)
    assert contacted(idle, mood(4_000, GONE)).loses.max() == 0.0


def test_fatigue_makes_touchier_people_of_all(traits: Traits) -> None:
    rested, tired = (mood(4_000, ACTIVE, fatigue=fatigue) for fatigue in (0.0, 2.0))
    assert contacted(traits, tired).loses.mean() > contacted(traits, rested).loses.mean() + 0.02
    offer = BY_ID["discount_25"]
    assert (acceptance(traits, tired, offer, 0) < acceptance(traits, rested, offer, 0)).all()


def test_channels_differ_in_reach(traits: Traits) -> None:
    found = {name: reach(traits, mood(4_000, ACTIVE), place) for place, name in enumerate(CHANNELS)}
    young = traits.digital > 0.7
    assert found["push"][young].mean() > 0.8
    assert found["push"][traits.digital < 0.2].mean() < 0.1
    assert found["mail"][traits.age > 70].mean() > found["mail"][traits.age < 40].mean() + 0.15
    assert set(found["sms"]) == {0.9}
    assert (reach(traits, mood(4_000, GONE), 0) < found["email"]).all()
