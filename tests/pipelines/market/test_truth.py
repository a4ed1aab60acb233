"""The truth is what happens on average: held against the market lived again and again, and against small sums by hand.

A customer's outcomes in independent lives differ from their expectation by noise that is independent over customers
and lives, so the standard error of a mean difference is its standard deviation over the root of their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import pytest

from pipelines.market.arrays import Vector
from pipelines.market.catalogue import ACTIONS, NOTHING
from pipelines.market.climate import Drift, climate
from pipelines.market.engine import Market, Week, nothing
from pipelines.market.lives import ACTIVE, GONE, margin_of_purchase
from pipelines.market.response import Mood
from pipelines.market.traits import Traits
from pipelines.market.truth import HORIZON_WEEKS, Since, Truth, expected

START, LIVES = 16, 6
# Of 2 x 13 x 3 = 78 normal deviates, one beyond 4 is found in 1 of 200 correct worlds; the seeds are fixed.
FAR = 4.0


def lived_again(market: Market, action: int, lives: int) -> list[list[Week]]:
    """The eight weeks after `action` is taken with everybody, lived anew `lives` times."""
    rows = len(market.traits.rate)
    again = []
    for life in range(lives):
        twin = market.fork(np.random.default_rng([action + 1, life]))
        first = twin.step(START, np.full(rows, action))
        rest = [twin.step(week, nothing(rows)) for week in range(START + 1, START + HORIZON_WEEKS)]
        again.append([first, *rest])
    return again


def outcomes(weeks: Sequence[Week]) -> tuple[Vector, Vector, Vector]:
    bought = np.sum([week.purchases + week.billed for week in weeks], axis=0) > 0
    return bought.astype(float), np.sum([week.margin for week in weeks], axis=0), weeks[0].accepted.astype(float)


def far(noise: Vector, along: Vector) -> float:
    """The largest of two deviates: of the mean noise, and of its product with the centred `along`."""
    lean = noise * (along - along.mean())
    parts = [part for part in (noise, lean) if part.any()]
    return max((abs(part.mean()) / (part.std() / np.sqrt(part.size)) for part in parts), default=0.0)


def under(truth: Truth, action: int) -> tuple[Vector, Vector, Vector]:
    if action == NOTHING:
        return truth.retention, truth.margin, np.zeros(len(truth.margin))
    return truth.retention_under[:, action], truth.margin_under[:, action], truth.accepts[:, action]


@pytest.fixture(scope="module", params=[(), (Drift("concept", 19), Drift("covariate", 18))], ids=["calm", "drifting"])
def market(request: pytest.FixtureRequest, settled: Market) -> Market:
    """Settled customers contacted two weeks ago, so in every mood; a drift may begin within the window."""
    twin = settled.fork(np.random.default_rng(8))
    twin.drifts = request.param
    rows = len(twin.traits.rate)
    twin.step(14, np.random.default_rng(9).integers(0, len(ACTIONS), rows))
    twin.step(15, nothing(rows))
    return twin


def test_expected_outcomes_of_every_action_are_the_means_of_many_lives(market: Market) -> None:
    here = market.mood.state >= 0  # those not signed up yet have no truth
    truth = expected(market.traits, market.since(START), market.drifts)
    found = {}
    for action in range(NOTHING, len(ACTIONS)):
        lives = [outcomes(weeks) for weeks in lived_again(market, action, LIVES)]
        for place, what in enumerate(("retention", "margin", "accepts")):
            bound = under(truth, action)[place][here]
            noise = np.stack([life[place][here] - bound for life in lives])
            found[what, action] = far(noise, np.broadcast_to(bound, noise.shape))
    assert {name: deviate for name, deviate in found.items() if deviate > FAR} == {}


def test_the_check_above_has_the_power_to_see_a_small_mistake(market: Market) -> None:
    here = market.mood.state >= 0
    truth = expected(market.traits, market.since(START), market.drifts)
    kept = np.stack([outcomes(weeks)[0] for weeks in lived_again(market, NOTHING, LIVES)])[:, here]
    assert far(kept - truth.retention[here] * 0.97, np.zeros(kept.shape)) > FAR


def since(traits: Traits, state: int) -> Since:
    rows = len(traits.rate)
    still = np.zeros(rows)
    return Since(13, Mood(np.full(rows, state), np.full(rows, 99.0), still), still, still)


def test_one_week_of_an_active_customer_by_hand(traits: Traits) -> None:
    one = replace(
        Traits(*(getattr(traits, field.name)[:1] for field in fields(Traits))),
        loose=np.zeros(1),
        plan=np.zeros(1, dtype=np.int64),
        unlucky=np.zeros(1),
        rate=np.ones(1),
        arrives=np.array([-100]),
        region=np.array([1]),
    )
    truth = expected(one, since(one, ACTIVE), weeks=1)  # week 13: the season's factor is one
    silent = 0.9824 * np.exp(-1.0) + 0.016 * np.exp(-0.1) + 0.0016
    assert truth.retention[0] == pytest.approx(1.0 - silent)
    per_purchase = margin_of_purchase(one, climate(13))[0]
    assert truth.margin[0] == pytest.approx((0.9824 + 0.016 * 0.1) * per_purchase)


def test_a_longer_horizon_keeps_more_and_earns_more(traits: Traits) -> None:
    short, long = (expected(traits, since(traits, ACTIVE), weeks=weeks) for weeks in (4, 8))
    assert (long.retention >= short.retention).all()
    assert (long.margin > short.margin).all()


def test_profit_is_the_margin_added_less_what_it_costs(traits: Traits) -> None:
    truth = expected(traits, since(traits, GONE))
    for place, action in enumerate(ACTIONS):
        added = truth.margin_under[:, place] - truth.margin
        cost = truth.accepts[:, place] * action.cost + action.contact_cost
        assert truth.profit[:, place] == pytest.approx(added - cost)


def test_the_truth_of_some_is_part_of_the_truth_of_all(traits: Traits) -> None:
    truth = expected(traits, since(traits, ACTIVE))
    some = truth.of(np.array([5, 2]))
    assert np.array_equal(some.margin_under, truth.margin_under[[5, 2]])
    assert np.array_equal(some.retention, truth.retention[[5, 2]])
