"""Campaigns: shares and propensities as promised, nobody contacted who refused, a manager who goes by the records."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipelines.market.catalogue import ACTIONS, NOTHING
from pipelines.market.engine import Market, nothing
from pipelines.market.history import history
from pipelines.market.logs import KNOWN_WEEKS, Campaign, LogKind, Plan, campaign
from pipelines.market.observe import observables
from pipelines.market.traits import Traits

WEEK = 16


@pytest.fixture(scope="module")
def seen(traits: Traits) -> pd.DataFrame:
    market = Market(traits, np.random.default_rng(6))
    weeks = [market.step(week, nothing(len(traits.rate))) for week in range(WEEK)]
    return observables(traits, history(weeks, len(traits.rate)))


def made(plan: Plan, seen: pd.DataFrame, traits: Traits, seed: int = 1) -> Campaign:
    return campaign(plan, seen, traits, traits.consents, WEEK, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", ["randomised", "observational"])
def test_only_known_customers_who_allow_every_channel_take_part(
    kind: LogKind, seen: pd.DataFrame, traits: Traits
) -> None:
    wave = made(Plan(kind), seen, traits)
    part = traits.consents.all(axis=1) & (WEEK - traits.arrives >= KNOWN_WEEKS)
    assert np.array_equal(wave.taking_part, part)
    assert (wave.action[~part] == NOTHING).all()
    assert np.isnan(wave.propensity[~part]).all()
    assert ((wave.propensity[part] > 0) & (wave.propensity[part] < 1)).all()


@pytest.mark.parametrize(
    ("plan", "shares"),
    [
        (Plan(), {NOTHING: 0.4, 0: 0.05, 11: 0.05}),
        (Plan(actions=(2,), control_share=0.5), {NOTHING: 0.5, 2: 0.5, 0: 0.0}),
        (Plan(actions=(2, 7), control_share=0.2), {NOTHING: 0.2, 2: 0.4, 7: 0.4}),
    ],
)
def test_a_randomised_wave_keeps_its_shares(
    plan: Plan, shares: dict[int, float], seen: pd.DataFrame, traits: Traits
) -> None:
    wave = made(plan, seen, traits)
    took = wave.action[wave.taking_part]
    for action, share in shares.items():
        assert (took == action).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(took)))
        assert wave.propensity[wave.taking_part][took == action] == pytest.approx(share)


@pytest.mark.parametrize("kind", ["randomised", "observational"])
def test_propensities_are_the_chances_that_it_happened(kind: LogKind, seen: pd.DataFrame, traits: Traits) -> None:
    """Over many draws each action's 1/propensity averages the customers: its mean is one, with its own error."""
    weights = []
    for seed in range(30):
        wave = made(Plan(kind), seen, traits, seed)
        part = wave.taking_part
        weights.append((wave.action[part] == NOTHING) / wave.propensity[part])
    ratio = np.concatenate(weights)
    assert ratio.mean() == pytest.approx(1.0, abs=4.0 * ratio.std() / np.sqrt(len(ratio)))


def test_randomised_treatment_does_not_depend_on_the_customer(seen: pd.DataFrame, traits: Traits) -> None:
    wave = made(Plan(), seen, traits)
    part = wave.taking_part
    treated, overdue = wave.action[part] != NOTHING, seen.overdue.fillna(2.0).to_numpy()[part]
    assert abs(np.corrcoef(treated, overdue)[0, 1]) < 4.0 / np.sqrt(part.sum())


def test_a_manager_treats_those_at_risk_and_gives_big_spenders_more(seen: pd.DataFrame, traits: Traits) -> None:
    wave = made(Plan("observational"), seen, traits)
    part = wave.taking_part
    treated = wave.action[part] != NOTHING
    known = seen[part]
    assert known.overdue[treated].mean() > known.overdue[~treated].mean() + 0.3
    cost = np.array([action.cost for action in ACTIONS])[wave.action[part][treated]]
    big = (known.spend_26w[treated] > 350).to_numpy()
    assert cost[big].mean() > cost[~big].mean() + 0.8
    assert wave.propensity[part][~treated].min() > 0.1  # there is overlap: effects can be estimated
