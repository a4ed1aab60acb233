"""A week of the market: what may happen to whom, the same from the same seed."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from pipelines.market.catalogue import ACTIONS, NOTHING
from pipelines.market.engine import BEGINNING, Market, Week, nothing
from pipelines.market.lives import ABSENT, ACTIVE, FADING, GONE
from pipelines.market.traits import Traits, draw

SMS = next(place for place, action in enumerate(ACTIONS) if action.name == "discount_25:sms")


def same(one: Week, other: Week) -> bool:
    names = [field.name for field in fields(Week)]
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name == "score") for name in names)


@pytest.fixture
def market(traits: Traits) -> Market:
    return Market(traits, np.random.default_rng(2))


def test_the_same_seed_lives_the_same_week_and_a_fork_another(traits: Traits) -> None:
    one, other = (Market(traits, np.random.default_rng(2)) for _ in range(2))
    first = one.step(0, nothing(4_000))
    assert same(first, other.step(0, nothing(4_000)))
    assert not same(one.fork(np.random.default_rng(3)).step(1, nothing(4_000)), other.step(1, nothing(4_000)))


def test_a_fork_leaves_the_market_it_came_from_alone(market: Market) -> None:
    before = market.mood.state
    market.fork(np.random.default_rng(3)).step(0, np.full(4_000, SMS))
    assert np.array_equal(market.mood.state, before)
    assert market.mood.fatigue.max() == 0.0


def test_people_of_old_begin_in_the_stated_shares_and_others_on_arrival(market: Market, traits: Traits) -> None:
    old = traits.arrives < 0
    state = market.mood.state
    assert (state[~old] == ABSENT).all()
    for share, place in zip(BEGINNING, (ACTIVE, FADING), strict=True):
        assert (state[old] == place).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / old.sum()))
    for week in range(3):
        seen = market.step(week, nothing(4_000)).state
        assert ((seen == ABSENT) == (traits.arrives > week)).all()


def test_only_those_who_stay_buy_and_pay(market: Market) -> None:
    for week in range(6):
        seen = market.step(week, nothing(4_000))
        away = (seen.state == GONE) | (seen.state == ABSENT)
        assert not seen.purchases[away].any()
        assert not seen.billed[away].any()
        assert ((seen.margin > 0) == ((seen.purchases > 0) | seen.billed)).all()
        assert ((seen.amount > 0) == (seen.purchases > 0)).all()
        assert (seen.discounted <= seen.purchases).all()
        assert (seen.clicks <= seen.opens).all()


def test_nobody_notices_what_was_not_sent(market: Market) -> None:
    actions = nothing(4_000)
    actions[::2] = SMS
    before = np.where(market.traits.arrives == 0, ACTIVE, market.mood.state)
    seen = market.step(0, actions)
    assert not seen.noticed[1::2].any()
    assert (seen.noticed >= seen.accepted).all()
    assert not (seen.accepted & seen.unsubscribed).any()
    assert (market.mood.fatigue > 0).sum() == seen.noticed.sum()
    reach = 0.9 * np.select([before == GONE, before == ABSENT], [0.8, 0.0], 1.0)[::2]
    assert seen.noticed[::2].mean() == pytest.approx(
        reach.mean(), abs=4.0 * np.sqrt((reach * (1.0 - reach)).mean() / 2_000)
    )


def test_unsubscribing_takes_back_the_consent_to_that_channel(market: Market) -> None:
    before = market.consents.copy()
    left = np.zeros(4_000, dtype=bool)
    for week in range(4):
        left |= market.step(week, np.full(4_000, SMS)).unsubscribed
    assert left.sum() > 20
    taken = before & ~market.consents
    assert not taken[:, [place for place in range(4) if place != ACTIONS[SMS].channel]].any()
    assert np.array_equal(taken[:, ACTIONS[SMS].channel], left & before[:, ACTIONS[SMS].channel])


def test_fatigue_and_grievance_pass(market: Market) -> None:
    market.step(0, np.full(4_000, SMS))
    tired = market.mood.fatigue
    seen = market.step(1, nothing(4_000))
    assert market.mood.fatigue == pytest.approx(0.8 * tired)
    failed = market.mood.grieved == 0.0
    assert failed.any()
    assert not (seen.complained & ~failed).any()
    calm = market.step(2, nothing(4_000))
    assert (market.mood.grieved[failed & ~calm.complained] <= 1.0).all()


def test_surveys_are_answered_from_0_to_10_and_by_few(market: Market, traits: Traits) -> None:
    scores = np.stack([market.step(week, nothing(4_000)).score for week in range(20)])
    answered = ~np.isnan(scores)
    assert 0.005 < answered.mean() < 0.025
    assert set(np.unique(scores[answered])) <= set(range(11))
    loose = np.broadcast_to(traits.loose, scores.shape)[answered]
    assert np.corrcoef(loose, scores[answered])[0, 1] < -0.2  # an unseen trait that leaves a trace


def test_where_the_recursion_starts_nobody_is_absent(market: Market) -> None:
    start = market.since(0)
    assert set(np.unique(start.mood.state)) == {ACTIVE, FADING, GONE}
    assert start.week == 0


def test_nothing_is_no_action() -> None:
    assert nothing(3).tolist() == [NOTHING] * 3


def test_a_market_of_one_lives() -> None:
    rng = np.random.default_rng(0)
    alone = Market(draw(1, rng, 52), rng)
    assert alone.step(0, nothing(1)).purchases.shape == (1,)
