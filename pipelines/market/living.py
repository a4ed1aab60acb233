"""Weeks lived one after another, with a campaign every horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.market.engine import Market, Week, nothing
from pipelines.market.history import history
from pipelines.market.logs import Campaign, Plan, campaign
from pipelines.market.observe import observables
from pipelines.market.truth import HORIZON_WEEKS, Since

FIRST_CAMPAIGN = 8


@dataclass(frozen=True, slots=True)
class Made:
    """A campaign at the beginning of `week`, and the state it found its customers in."""

    week: int
    campaign: Campaign
    since: Since


@dataclass(frozen=True, slots=True)
class Lived:
    """What happened, week by week, and the campaigns made."""

    weeks: list[Week]
    campaigns: list[Made]


def campaign_weeks(weeks: int) -> range:
    """When campaigns are made: one horizon apart, so that their windows do not overlap."""
    return range(FIRST_CAMPAIGN, weeks, HORIZON_WEEKS)


def live(
    market: Market, plan: Plan, weeks: int, rng: np.random.Generator, *, last_campaign: int | None = None
) -> Lived:
    """Live the first `weeks` under the plan's campaigns, none after `last_campaign`."""
    customers, lived = len(market.traits.rate), Lived([], [])
    last = weeks if last_campaign is None else last_campaign
    for week in range(weeks):
        action = nothing(customers)
        if week in campaign_weeks(weeks) and week <= last:
            seen = observables(market.traits, history(lived.weeks, customers))
            made = campaign(plan, seen, market.traits, market.consents, week, rng)
            lived.campaigns.append(Made(week, made, market.since(week)))
            action = made.action
        lived.weeks.append(market.step(week, action))
    return lived
