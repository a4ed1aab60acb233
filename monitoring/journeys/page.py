"""The page of journeys: the last touchpoints before customers stayed or left, and what a chain of them attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from monitoring import words
from monitoring.journeys.paths import DAYS, LONGEST, paths
from monitoring.journeys.removal import Removal, removals
from monitoring.journeys.steps import LEFT, TOUCHPOINTS, Path, Step, common, steps
from monitoring.retention.page import measured
from monitoring.retention.rates import Share, share
from monitoring.retention.records import Records
from monitoring.site.charts import bars
from monitoring.site.elements import Column, Figure, Page, Section, Table
from monitoring.site.flows import Flow, flows

NAME, TITLE = "journeys", "Journeys"
QUESTION = "What did customers go through before they stayed or left?"
MAP = (
    "Map `interactions` (channel, kind) or `treatments` to see what customers went through before they stayed or left."
)
ARROW = " \N{RIGHTWARDS ARROW} "
STAGES = ("third last", "second last", "last", "then")


@dataclass(frozen=True)
class Journeys:
    """Of the customers at risk at `as_of`: those with a touchpoint before it, what it was, and who stayed.

    `shown_by` is the touchpoint that makes a customer one who is there, "" where none does.
    """

    as_of: datetime
    horizon_days: int
    shown_by: str
    met: Share
    stayed: Share
    steps: tuple[Step, ...]
    common: tuple[Path, ...]
    removals: tuple[Removal, ...]


def journeys(records: Records, *, resamples: int, rng: np.random.Generator) -> Journeys | None:
    """Every figure of the page; None where neither interactions nor treatments are mapped."""
    found = paths(records)
    if found is None:
        return None
    churn, some = records.dataset.churn, found.journeys()
    shown_by = "purchase" if churn.activity == "transactions" else "interaction"
    return Journeys(
        as_of=found.as_of,
        horizon_days=churn.horizon_days,
        shown_by=shown_by if churn.kind == "lapse" else "",
        met=share(some.at_risk, found.at_risk, records.few),
        stayed=share(some.stayed.sum(), some.at_risk, records.few),
        steps=steps(some, records.few),
        common=common(some, records.few),
        removals=removals(found, records.few, resamples=resamples, rng=rng),
    )


def page(found: Journeys | None) -> Page:
    """The page as it is read."""
    return Page(NAME, TITLE, QUESTION, (_paths(found), *(() if found is None else (_removals(found),))))


def _paths(found: Journeys | None) -> Section:
    title = "The last steps"
    if found is None:
        return Section("paths", title, lacking=MAP)
    if not found.steps:
        lacking = f"Too few customers had a touchpoint in the {DAYS} days before {words.day(found.as_of)} to tell."
        return Section("paths", title, lacking=lacking)
    before, later = (
        f"In the {DAYS} days before {words.day(found.as_of)}.",
        f"Still there {found.horizon_days} days later.",
    )
    measures = (
        *measured("With a touchpoint", found.met, before, "customers at risk"),
        *measured("Stayed", found.stayed, later, "customers with a touchpoint"),
    )
    method = (
        "A touchpoint is an interaction, an offer sent or accepted, a purchase or a complaint; one that repeats at "
        f"once counts once, rare ones are told together. A journey is the last {LONGEST} of the {DAYS} days. Ways that "
        "too few customers took are not drawn."
    )
    return Section(
        "paths", title, measures=measures, figures=(_flows(found),), tables=_common(found.common), method=method
    )


def _flows(found: Journeys) -> Figure:
    drawn = [Flow(TOUCHPOINTS - one.back, one.source, one.target, one.customers) for one in found.steps]
    stayed = words.percent(found.stayed.count / found.stayed.of)
    description = f"Of {words.count(found.stayed.of, 'customer')} with a touchpoint, {stayed} stayed."
    title = "The last touchpoints, and what came then"
    return flows("journey-flows", title, description, STAGES, drawn, marked=(LEFT,))


def _common(found: Sequence[Path]) -> tuple[Table, ...]:
    if not found:
        return ()
    columns = (Column("Journey"), Column("Customers", "count"), Column("Stayed", "share"))
    rows = tuple((ARROW.join(one.touchpoints), one.stayed.of, one.stayed.share) for one in found)
    return (Table("journeys", "The commonest journeys", columns, rows),)


def _removals(found: Journeys) -> Section:
    title = "Touchpoints on the way to staying"
    if not found.removals:
        lacking = "Too few customers stayed to tell which touchpoints they went through."
        return Section("removal", title, lacking=lacking)
    said = [
        "This describes journeys. It is no evidence that a touchpoint keeps anybody: who stays anyway also visits, "
        "buys and is sent more. What offers changed is told under policy health.",
        "Where most customers stay, the removal effect mostly tells how many journeys went through the touchpoint. How "
        "many of those stayed stands beside it.",
    ]
    if found.shown_by:
        by = f"A customer is there by the {found.shown_by}s made"
        said.append(f"{by}, so nearly every journey has one: its effect says little.")
    method = (
        "A Markov chain of the first order from start to stayed or left, fitted to the journeys. A touchpoint's "
        "removal effect is by how much the share that stays falls, relative to itself, when every journey that comes "
        "to it counts as left (Anderl et al. 2016). Intervals are of a bootstrap over customers, at 95%."
    )
    return Section(
        "removal", title, said=tuple(said), figures=(_bars(found.removals),), tables=(_table(found.removals),),
        method=method,
    )  # fmt: skip


def _bars(found: Sequence[Removal]) -> Figure:
    value, low, high = (np.array([getattr(one.effect, end) for one in found]) for end in ("value", "low", "high"))
    description = f"The largest is {found[0].touchpoint}, {words.percent(value[0])}."
    labels = [one.touchpoint for one in found]
    return bars("journey-removal", "Removal effect", description, labels, value, "share", low=low, high=high)


def _table(found: Sequence[Removal]) -> Table:
    columns = (
        Column("Touchpoint"), Column("Customers", "count"), Column("Of them stayed", "share"),
        Column("Removal effect", "share"),
    )  # fmt: skip
    rows = tuple((one.touchpoint, one.stayed.of, one.stayed.share, one.effect) for one in found)
    return Table("removal", "Touchpoints by their removal effect", columns, rows)
