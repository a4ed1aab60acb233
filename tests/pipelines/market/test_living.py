"""Weeks and campaigns in order."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.market.catalogue import NOTHING
from pipelines.market.engine import Market
from pipelines.market.living import campaign_weeks, live
from pipelines.market.logs import Plan
from pipelines.market.traits import Traits


@pytest.mark.parametrize(
    ("weeks", "expected"), [(8, []), (9, [8]), (24, [8, 16]), (25, [8, 16, 24]), (52, [8, 16, 24, 32, 40, 48])]
)
def test_campaigns_are_a_horizon_apart(weeks: int, expected: list[int]) -> None:
    assert list(campaign_weeks(weeks)) == expected


@pytest.mark.parametrize(("last", "expected"), [(None, [8, 16]), (12, [8]), (7, [])])
def test_no_campaign_after_the_last(traits: Traits, last: int | None, expected: list[int]) -> None:
    rng = np.random.default_rng(1)
    lived = live(Market(traits.head(200), rng), Plan(), 18, rng, last_campaign=last)
    assert [week.week for week in lived.weeks] == list(range(18))
    assert [made.week for made in lived.campaigns] == expected
    assert [week.week for week in lived.weeks if (week.action != NOTHING).any()] == expected


def test_a_campaign_keeps_the_state_it_found(traits: Traits) -> None:
    rng = np.random.default_rng(1)
    lived = live(Market(traits.head(500), rng), Plan(), 9, rng)
    (made,) = lived.campaigns
    before = lived.weeks[7].state
    arrived = traits.arrives[:500] < 8
    assert np.array_equal(made.since.mood.state[arrived], before[arrived])
    assert np.array_equal(lived.weeks[8].action, made.campaign.action)
