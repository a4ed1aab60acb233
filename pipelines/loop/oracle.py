"""The policy of one who knows the truth: what to compare with, not what anybody could reach."""

from __future__ import annotations

from pipelines.loop.company import Company
from pipelines.loop.situation import Policy, Situation
from pipelines.loop.spending import at_price, expected_spend
from pipelines.market.arrays import Index
from pipelines.market.truth import expected


def oracle(company: Company) -> Policy:
    """Actions by their true expected profit in the eight weeks that follow, given the life states of `company` now.

    It does not foresee the next week's budget or contacts: each week is decided on its own, as by every policy.
    """
    catalogue = company.catalogue

    def chosen(now: Situation) -> Index:
        market = company.market
        truth = expected(market.traits, market.since(now.week), market.drifts, catalogue=catalogue)
        spend = expected_spend(truth.accepts, catalogue.cost, catalogue.contact_cost)
        return at_price(truth.profit, spend, now.allowed, now.money)

    return chosen
