"""The page of the policy: what was decided, what stood in the way, what was accepted."""

from __future__ import annotations

from configs.monitoring import Monitoring
from monitoring.health import sections
from monitoring.health.findings import findings
from monitoring.health.health import Health
from monitoring.health.mix import Mix, Part
from monitoring.intervals import wilson
from monitoring.site.elements import Column, Measure, Page, Section, Table

DECISIONS = "decisions"
POLICY = "decisions of the policy arm"


def page(mix: Mix, health: Health, settings: Monitoring) -> Page:
    """The page as it is read."""
    title, question = "Policy health", "What does the policy decide, and is that what it should?"
    decided = [Section("mix", "What was decided", lacking="No decision was made in this window.")]
    if mix.decisions:
        tried = sections.exploration(health.exploration)
        decided = [_decided(mix), _offers(mix), _ways(mix), tried, _probabilities(mix, settings)]
    beside = (sections.budgets(health.budgets), sections.arms(health.arms), sections.lift(health.lifts))
    told = tuple(section for section in (*decided, *beside) if section is not None)
    return Page("policy", title, question, told, tuple(findings(mix, health, settings)))


def _decided(mix: Mix) -> Section:
    of_policy = sum(part.count for part in mix.arms if part.name == "policy")
    all_of = mix.decisions
    measures = [
        Measure("Decisions", all_of, "count", "Of all arms, in this window.", "customers", mix.customers),
        _share(mix, mix.nothing, of_policy, "Nothing", "Decided to do nothing.", POLICY),
        _share(mix, mix.fallback, of_policy, "Fallback", "Every other offer was filtered.", POLICY),
        _share(mix, mix.degraded, all_of, "Degraded", "Made without something they needed.", DECISIONS),
    ]
    if (taken := mix.accepted) is not None:
        measures.append(Measure("Accepted", taken.rate, "share", "Outcomes still come in.", "offers made", taken.made))
    tables = (
        _parts("arms", "Arm", mix.arms, "all decisions"),
        _parts("channels", "Channel", (*mix.channels, mix.nothing), POLICY),
        _parts("kinds", "Kind of offer", (*mix.kinds, mix.nothing), POLICY),
    )
    return Section("mix", "What was decided", measures=tuple(measures), tables=tables)


def _share(mix: Mix, part: Part, whole: int, name: str, definition: str, of: str) -> Measure:
    """A part with its interval, in which decisions of one customer count as one witness."""
    effective = whole * mix.customers / mix.decisions
    found = wilson(part.count, whole, effective) if whole else None
    return Measure(name, found, "share", definition, of, whole)


def _offers(mix: Mix) -> Section:
    columns = (
        Column("Offer"),
        Column("Made", "count"),
        Column("Accepted", "count"),
        Column("Rate", "share", gauge=True),
    )
    rows = tuple((offer.offer_id, offer.made, offer.accepted, offer.rate) for offer in mix.accepted_by_offer)
    caption = "Accepted so far; outcomes still come in. An accepted offer is not yet a customer kept"
    lacking = None if rows else "No offer was made in this window."
    return Section(
        "offers", "Offers", tables=(Table("offers", caption, columns, rows),) if rows else (), lacking=lacking
    )


def _ways(mix: Mix) -> Section:
    tables = [_parts("filters", "Rule", mix.filters, "offers and channels ruled out")] if mix.filters else []
    if mix.degraded_parts:
        tables.append(_parts("degraded", "What was missing", mix.degraded_parts, "all decisions"))
    lacking = None if tables else "Nothing did."
    return Section("ways", "What stood in the way", tables=tuple(tables), lacking=lacking)


def _probabilities(mix: Mix, settings: Monitoring) -> Section:
    title = "Whether others can learn from it"
    lowest = mix.lowest_selection_probability
    if lowest is None:
        return Section("probabilities", title, lacking="No decision carries a selection probability.")
    said = (
        f"The rarest choice was made with probability {lowest:.2g}; the floor for learning from it is "
        f"{settings.min_selection_probability:g}."
    )
    return Section("probabilities", title, said=(said,))


def _parts(name: str, head: str, parts: tuple[Part, ...], of: str) -> Table:
    columns = (Column(head), Column("Number", "count"), Column("Share", "share", gauge=True))
    rows = tuple((part.name.replace("_", " "), part.count, part.share) for part in parts)
    return Table(name, f"Shares are of {of}", columns, rows)
