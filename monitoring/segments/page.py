"""The page of segments: who stays, what they bring, and what they say, by kind of customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from monitoring import words
from monitoring.intervals import Interval
from monitoring.segments.figures import TOPICS, WORTH, figures
from monitoring.segments.figures import Figure as Told
from monitoring.segments.groups import Group, Groups
from monitoring.segments.segments import DECLARED, Segments
from monitoring.site.charts import bars
from monitoring.site.elements import Column, Figure, Page, Section, Table

NAME, TITLE, QUESTION = "segments", "Segments", "Which customers stay, and what are they worth?"
RETENTION = "Retention"
DRAWN = 12
MEASURED = "Map `transactions`, and run `tenure features` once a horizon of records has passed, to see {}."
TITLES = {
    "rfm": ("Recency, frequency and money", "who bought lately, often and for much"),
    "standing": ("Value, potential and reach", "what customers bring, could bring, and how they can be reached"),
    "stage": ("Stage of life", "where customers stand"),
    "behaviour": ("Behaviour", "what customers do"),
}
METHODS = {
    "rfm": "Fifths by days since the last purchase, and by purchases and what they came to within a horizon.",
    "standing": (
        "Value is the money of the last horizon: two fifths low, two middle, one high; potential is the most of any "
        "horizon so far on the same scale; reach is the channels that the customer allows."
    ),
    "stage": "Told by the horizon, and by the days after which a customer counts as lapsed.",
    "behaviour": "Clusters of what customers bought (k-means among ranks), told apart by a small tree.",
}


def page(found: Segments, currency: str) -> Page:
    """The page as it is read."""
    computed = (_computed(found, name, currency) for name in TITLES)
    declared = (_declared(found, group, currency) for group in DECLARED if group in found.declared)
    missing = [group for group in DECLARED[:4] if group not in found.declared]
    lacking = (_unmapped(missing),) if missing else ()
    return Page(NAME, TITLE, QUESTION, (_first(found), *computed, *declared, *lacking))


def _first(found: Segments) -> Section:
    said = (
        f"Customers by what they were on {words.day(found.as_of)}, and who was still there {found.horizon_days} days "
        "later. Marked segments stay less than all customers do, by more than their interval.",
        "A segment says who; it does not say why. Of forty segments one is marked by chance.",
    )
    method = (
        "Fifths and behaviours were measured once and hold, so that a segment grows because customers move. Retention, "
        "margin and repeat purchase are of one horizon; voice, offers and points of the last year. Groups that are too "
        "small are not shown, nor is one more where it could be found by taking the others from the whole."
    )
    return Section("about", "How to read this", said=said, method=method)


def _computed(found: Segments, name: str, currency: str) -> Section:
    groups: Groups | None = getattr(found, name)
    title, about = TITLES[name]
    if groups is None:
        return Section(name, title, lacking=MEASURED.format(about))
    said = (*_lowest(found, groups.told), *_rules(found, name), *_kept_back(groups))
    return Section(
        name, title, said=said, figures=_drawn(found, name, groups.told),
        tables=tuple(_tables(found, name, "Segment", groups.told, currency)), method=METHODS[name],
    )  # fmt: skip


def _declared(found: Segments, group: str, currency: str) -> Section:
    by = found.declared[group]
    told = [_named(name, one) for name, groups in by.items() for one in groups.told]
    said = (*_lowest(found, told), *(line for groups in by.values() for line in _kept_back(groups)))
    method = "Attributes as your mapping declares them; numbers in thirds. The stay is Kaplan and Meier's median."
    return Section(
        group, f"{group.capitalize()} attributes", said=tuple(dict.fromkeys(said)), figures=_drawn(found, group, told),
        tables=tuple(_tables(found, group, "Attribute", told, currency, followed=True)), method=method,
    )  # fmt: skip


def _unmapped(missing: Sequence[str]) -> Section:
    lacking = f"Declare {words.listing(missing, 4)} attributes of `customers` in the mapping to see customers by them."
    return Section("unmapped", "Other attributes", lacking=lacking)


def _named(attribute: str, group: Group) -> Group:
    name = f"{attribute.replace('_', ' ')}: {group.name}"
    return Group(name, group.customers, group.figures, group.stay_days)


def _lowest(found: Segments, told: Sequence[Group]) -> tuple[str, ...]:
    """The segment that stays least, where it is told from all customers."""
    below = [one for one in told if _below(found, one)]
    if not below:
        return ()
    worst = min(below, key=lambda one: _retention(one).value)
    rate = _retention(worst)
    ends = (rate.value, rate.low, rate.high, _retention(found.everybody).value)
    value, low, high, everybody = map(words.percent, ends)
    return (f"Lowest: {worst.name}, of whom {value} stayed ({low} to {high}); of all customers {everybody}.",)


def _below(found: Segments, group: Group) -> bool:
    everybody = found.everybody.figures.get(RETENTION)
    rate = group.figures.get(RETENTION)
    return rate is not None and everybody is not None and rate.high < everybody.value


def _retention(group: Group) -> Interval:
    rate = group.figures[RETENTION]
    if rate is None:
        raise LookupError(f"{group.name} has no retention to compare")
    return rate


def _rules(found: Segments, name: str) -> Iterator[str]:
    if name == "behaviour" and found.rules is not None:
        for label, rule in found.rules.words.items():
            yield f"{label.capitalize()}: {rule}."
        agreed = words.percent(found.rules.agreement)
        yield f"These rules put {agreed} of customers where their cluster is, on {words.day(found.rules.measured_at)}."


def _kept_back(groups: Groups) -> tuple[str, ...]:
    told = words.count(groups.too_small, "segment")
    return (f"{told} too small to be told.",) if groups.too_small else ()


def _drawn(found: Segments, name: str, told: Sequence[Group]) -> tuple[Figure, ...]:
    rated = [one for one in told if one.figures.get(RETENTION) is not None][:DRAWN]
    if len(rated) < 2:
        return ()
    value, low, high = (np.array([getattr(_retention(one), end) for one in rated]) for end in ("value", "low", "high"))
    spread = f"From {words.percent(value.min())} to {words.percent(value.max())}."
    description = f"{spread} Of all customers {words.percent(_retention(found.everybody).value)}."
    labels, title = [one.name for one in rated], "Still there a horizon later"
    return (bars(f"{name}-retention", title, description, labels, value, "share", low=low, high=high),)


def _tables(
    found: Segments, name: str, first: str, told: Sequence[Group], currency: str, *, followed: bool = False
) -> Iterator[Table]:
    """A table for each topic that has a figure, all customers in its last row."""
    rows = (*told, found.everybody)
    marked = frozenset(place for place, one in enumerate(told) if _below(found, one))
    stay = followed and any(one.stay_days is not None for one in told)
    for topic in TOPICS:
        known = [one for one in figures(found.horizon_days) if one.about == topic and one.name in found.told]
        stays = stay and topic == WORTH
        columns = (Column(first), Column("Customers", "count"), *(_column(one, currency) for one in known))
        cells = tuple(
            (one.name, one.customers, *(one.figures[it.name] for it in known), *((one.stay_days,) if stays else ()))
            for one in rows
        )
        if known:
            all_columns = (*columns, Column("Median stay", "days")) if stays else columns
            yield Table(f"{name}-{topic.split()[0].strip(',')}", topic.capitalize(), all_columns, cells, marked)


def _column(figure: Told, currency: str) -> Column:
    return Column(f"{figure.name} ({currency})" if figure.unit == "money" else figure.name, figure.unit)
