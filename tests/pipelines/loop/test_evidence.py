"""What campaigns tell: rows whose windows have closed, and averages by action."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipelines.loop.company import Company, begin
from pipelines.loop.evidence import Evidence, evidence
from pipelines.market.catalogue import NOTHING, SIX
from pipelines.market.setting import Setting
from pipelines.market.truth import expected


def test_there_is_a_row_for_everybody_in_a_campaign_that_is_over(company: Company, known: Evidence) -> None:
    assert len(known.seen) == len(known.action) == sum(made.campaign.taking_part.sum() for made in company.campaigns)
    first = known.seen.iloc[: company.campaigns[0].campaign.taking_part.sum()]
    assert (first.recency_weeks.dropna() <= 8).all()  # of a campaign in week 8


def test_outcomes_are_those_that_followed(company: Company, known: Evidence) -> None:
    made = company.campaigns[0]
    who = np.flatnonzero(made.campaign.taking_part)
    after = company.weeks[8:16]
    margin = np.sum([week.margin for week in after], axis=0)[who]
    rows = len(who)
    assert np.array_equal(known.customer[:rows], who)
    control = known.action[:rows] == NOTHING
    assert known.profit[:rows][control] == pytest.approx(margin[control])
    assert (known.profit[:rows] <= margin + 1e-9).all()
    assert np.isnan(known.accepted[:rows][control]).all()
    assert np.array_equal(known.accepted[:rows][~control], after[0].accepted[who][~control].astype(float))
    assert ((known.profit[:rows] > 0) <= (known.retention[:rows] == 1)).all()


def test_averages_by_action() -> None:
    by_hand = Evidence(
        SIX,
        pd.DataFrame(index=range(6)),
        np.arange(6),
        np.array([NOTHING, NOTHING, 0, 0, 3, 3]),
        np.array([np.nan, np.nan, 1.0, 0.0, 1.0, 1.0]),
        np.ones(6),
        np.array([10.0, 20.0, 18.0, 22.0, 12.0, 14.0]),
    )
    assert by_hand.acceptance()[[0, 1, 3]].tolist() == [0.5, 0.0, 1.0]
    assert by_hand.gain()[[0, 1, 3]].tolist() == [5.0, 0.0, -2.0]
    email = SIX.contact_cost[0]
    assert by_hand.spending()[0] == pytest.approx(0.5 * SIX.cost[0] + email)


def test_acceptances_scatter_around_their_truth(company: Company, known: Evidence) -> None:
    """Each is a draw with a known chance: their sum is within four standard deviations of the chances'."""
    bound = []
    for made in company.campaigns:
        who, action = np.flatnonzero(made.campaign.taking_part), made.campaign.action
        bound.append(expected(company.market.traits, made.since).accepts[who, action[who]])
    chance, treated = np.concatenate(bound), known.action != NOTHING
    spread = np.sqrt((chance * (1.0 - chance))[treated].sum())
    assert known.accepted[treated].sum() == pytest.approx(chance[treated].sum(), abs=4.0 * spread)


def test_without_a_campaign_that_is_over_there_is_no_evidence() -> None:
    young = begin(Setting(customers=30, weeks=20, seed=1), 12)
    with pytest.raises(ValueError, match="no campaign's 8 weeks are over by week 12; more history is needed"):
        evidence(young)
