"""The chain of life states: what is drawn from it is what is carried forward."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from pipelines.market.climate import Climate, climate
from pipelines.market.lives import (
    ACTIVE,
    FADING,
    FAILURE_HURTS,
    GONE,
    MARGIN_RATE,
    Moves,
    bargains,
    billed,
    buying,
    carried,
    margin_of_bill,
    margin_of_purchase,
    moved,
    moves,
)
from pipelines.market.traits import BILL_WEEKS, Traits

CALM_WEEK = Climate(rate=1.0, price=1.0, app=0.0, competitor=False)
RIVAL = replace(CALM_WEEK, competitor=True)


def alike(traits: Traits, rows: int, **changed: float) -> Traits:
    """`rows` copies of the first customer, an old one, with some traits set."""
    first = {field.name: np.repeat(getattr(traits, field.name)[:1], rows, axis=0) for field in fields(traits)}
    given = {"arrives": -100, "loose": 0.0, "plan": 0, "region": 1, "unlucky": 0.0} | changed
    return Traits(**first | {name: np.full(rows, value) for name, value in given.items()})


@pytest.mark.parametrize(
    ("changed", "now", "calm", "fades"),
    [
        ({}, CALM_WEEK, 0.0, 0.016),
        ({"loose": 1.0}, CALM_WEEK, 0.0, 0.016 * np.e),
        ({"loose": 10.0}, CALM_WEEK, 0.0, 0.35),  # never more
        ({"plan": 1}, CALM_WEEK, 0.0, 0.016 * np.exp(-0.4)),
        ({"arrives": 10}, CALM_WEEK, 0.0, 0.016 * np.exp(0.6)),  # new customers are looser
        ({}, CALM_WEEK, 0.5, 0.016 * np.exp(-0.5)),
        ({"unlucky": 0.1}, CALM_WEEK, 0.0, 0.016 + 0.1 * (FAILURE_HURTS[0] - 0.016)),
        ({"region": 0}, CALM_WEEK, 0.0, 0.016),
        ({"region": 0}, RIVAL, 0.0, 0.016 * np.exp(0.9)),  # the rival opens in the north, to those without contract
        ({"region": 0, "plan": 1}, RIVAL, 0.0, 0.016 * np.exp(-0.4)),
        ({"region": 1}, RIVAL, 0.0, 0.016),
    ],
)
def test_fading(traits: Traits, changed: dict[str, float], now: Climate, calm: float, fades: float) -> None:
    found = moves(alike(traits, 1, **changed), 20, now, np.array([calm]))
    assert found.fades[0] == pytest.approx(fades)


def test_a_failure_is_averaged_over_as_often_as_it_happens(traits: Traits) -> None:
    calm = np.zeros(len(traits.rate))
    average = moves(traits, 20, CALM_WEEK, calm)
    spared, hit = (moves(traits, 20, CALM_WEEK, calm, np.full(len(calm), failed)) for failed in (0.0, 1.0))
    for name in ("fades", "goes"):
        mixed = (1 - traits.unlucky) * getattr(spared, name) + traits.unlucky * getattr(hit, name)
        assert getattr(average, name) == pytest.approx(mixed)
    assert (hit.fades >= FAILURE_HURTS[0]).all()


def test_probabilities_of_leaving_a_state_never_exceed_one(traits: Traits) -> None:
    worst = moves(replace(traits, loose=traits.loose + 9.0), 20, RIVAL, np.zeros(len(traits.rate)), np.ones(4_000))
    assert (worst.fades + worst.leaves).max() < 1.0
    assert (worst.recovers + worst.goes).max() < 1.0
    assert worst.returns.max() <= 0.1


def test_carrying_keeps_the_total() -> None:
    chance = Moves(*(np.array([value]) for value in (0.2, 0.1, 0.3, 0.4, 0.05)))
    after = carried(np.array([[0.5], [0.3], [0.2]]), chance)
    assert after[:, 0] == pytest.approx([0.5 * 0.7 + 0.3 * 0.3 + 0.2 * 0.05, 0.5 * 0.2 + 0.3 * 0.3, 0.05 + 0.12 + 0.19])
    assert after.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("state", [ACTIVE, FADING, GONE])
def test_what_is_drawn_is_what_is_carried(state: int, rng: np.random.Generator) -> None:
    rows = 100_000
    chance = Moves(*(np.full(rows, value) for value in (0.2, 0.1, 0.3, 0.4, 0.05)))
    began = np.full(rows, state)
    share = np.zeros((3, rows))
    share[state] = 1.0
    bound = carried(share, chance)[:, 0]
    drawn = np.bincount(moved(began, chance, rng.random(rows)), minlength=3) / rows
    assert drawn == pytest.approx(bound, abs=4.0 * np.sqrt(0.25 / rows))


def test_who_has_not_signed_up_stays_absent(rng: np.random.Generator) -> None:
    chance = Moves(*(np.full(9, 0.5) for _ in range(5)))
    assert (moved(np.full(9, -1), chance, rng.random(9)) == -1).all()


def test_purchases_follow_season_and_keenness(traits: Traits) -> None:
    at_peak = climate(49)
    assert buying(traits, at_peak, np.full(4_000, 0.2)) == pytest.approx(traits.rate * at_peak.rate * np.exp(0.2))


def test_bargains_cost_margin(traits: Traits) -> None:
    share = bargains(traits)
    per_amount = margin_of_purchase(traits, CALM_WEEK) / traits.basket
    assert per_amount == pytest.approx(MARGIN_RATE - 0.15 * share)
    assert (np.diff(per_amount[np.argsort(traits.deal)]) <= 1e-12).all()


def test_every_contract_is_billed_once_in_four_weeks(traits: Traits) -> None:
    times = sum(billed(traits, week).astype(int) for week in range(30, 30 + BILL_WEEKS))
    assert np.array_equal(times, traits.contract.astype(int))
    assert margin_of_bill(traits) == pytest.approx(0.8 * traits.fee)
