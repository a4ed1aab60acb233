"""Who is drawn: ranges, shares, the same people from the same seed."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from pipelines.market.climate import Drift
from pipelines.market.traits import ARRIVING, BILL_WEEKS, FEES, LONGEST_PAST_WEEKS, PLANS, Traits, draw


def binomial_error(share: float, rows: int) -> float:
    """Four standard errors of an observed share."""
    return 4.0 * float(np.sqrt(share * (1.0 - share) / rows))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("age", 18.0, 90.0),
        ("arrives", -LONGEST_PAST_WEEKS, 51),
        ("bill", 0, BILL_WEEKS - 1),
        ("rate", 0.4, 5.0),
        ("deal", 0.0, 1.0),
        ("digital", 0.0, 1.0),
        ("touchy", 0.0, 1.0),
        ("unlucky", 0.0, 0.2),
    ],
)
def test_traits_stay_within_their_ranges(traits: Traits, name: str, low: float, high: float) -> None:
    values = getattr(traits, name)
    assert values.min() >= low
    assert values.max() <= high
    assert values.std() > 0


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda traits: traits.arrives >= 0, ARRIVING),
        (lambda traits: traits.plan == 0, 0.62),
        (lambda traits: traits.plan == 2, 0.14),
        (lambda traits: traits.region == 0, 0.25),
        (lambda traits: traits.source == 2, 0.2),
        (lambda traits: traits.member, 0.6),
    ],
)
def test_shares_are_as_stated(traits: Traits, found: object, expected: float) -> None:
    share = found(traits).mean()  # type: ignore[operator]
    assert share == pytest.approx(expected, abs=binomial_error(expected, len(traits.rate)))


def test_fees_follow_plans(traits: Traits) -> None:
    for plan in range(len(PLANS)):
        assert set(traits.fee[traits.plan == plan]) == {FEES[plan]}
        assert set(traits.contract[traits.plan == plan]) == {plan > 0}


def test_the_same_seed_draws_the_same_people() -> None:
    one, other, another = (draw(50, np.random.default_rng(seed), 52) for seed in (1, 1, 2))
    assert all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(Traits))
    assert not np.array_equal(one.rate, another.rate)


def test_covariate_drift_makes_those_who_arrive_after_it_younger_bargain_hunters() -> None:
    before, after = (draw(20_000, np.random.default_rng(1), 52, drifts) for drifts in ((), (Drift("covariate", 26),)))
    late = before.arrives >= 26
    assert np.array_equal(before.arrives, after.arrives)
    assert np.array_equal(before.deal[~late], after.deal[~late])
    assert after.age[late].mean() < before.age[late].mean() - 10.0
    assert after.deal[late].mean() > before.deal[late].mean() + 0.1


def test_head_keeps_the_first(traits: Traits) -> None:
    some = traits.head(3)
    assert np.array_equal(some.rate, traits.rate[:3])
    assert some.consents.shape == (3, traits.consents.shape[1])
