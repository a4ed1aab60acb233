"""The page of offers: the funnel by channel, and points by tier."""

from __future__ import annotations

from collections.abc import Sequence

from monitoring.retention.funnel import STEPS, Channel
from monitoring.retention.points import Tier
from monitoring.site.elements import Column, Page, Section, Table


def page(channels: Sequence[Channel] | None, tiers: Sequence[Tier] | None) -> Page:
    """The page as it is read."""
    question = "What becomes of the offers that are sent, and of the points that are given?"
    return Page("offers", "Offers and points", question, (_funnel(channels), _points(tiers)))


def _funnel(channels: Sequence[Channel] | None) -> Section:
    title = "From sent to converted"
    if not channels:
        return Section("funnel", title, lacking="Map `treatments` and `outcomes` to see what becomes of offers.")
    steps = [step for step in STEPS if step in channels[0].reached]
    missing = [step for step in STEPS if step not in steps]
    columns = (
        Column("Channel"), Column("Sent", "count"), Column("To customers", "count"),
        *(Column(step.capitalize(), "share", gauge=True) for step in steps),
    )  # fmt: skip
    rows = tuple(
        (one.channel, one.sent, one.customers, *(one.reached[step].share for step in steps)) for one in channels
    )
    caption = "Shares are of the offers sent in the last year"
    said = (f"No outcome tells who {' or '.join(missing)}: map those kinds in `outcomes`.",) if missing else ()
    method = (
        "An outcome counts for the last time its offer was sent to the customer before it. An accepted offer is not "
        "yet a customer kept: whether it changed anything is told under policy health."
    )
    return Section("funnel", title, said=said, tables=(Table("funnel", caption, columns, rows),), method=method)


def _points(tiers: Sequence[Tier] | None) -> Section:
    title = "Points earned and burnt"
    if not tiers:
        return Section("points", title, lacking="Map `loyalty` (points_delta, tier) to see points by tier.")
    columns = (
        Column("Tier"), Column("Customers", "count"), Column("Earned", "count"), Column("Burnt", "count"),
        Column("Burnt of earned", "share", gauge=True),
    )  # fmt: skip
    rows = tuple((one.tier, one.customers, one.earned, one.burnt, one.burn_rate) for one in tiers)
    return Section("points", title, tables=(Table("points", "Points of the last year, by tier", columns, rows),))
