"""All segmentations of the customers, with every figure of retention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import ibis

from features.segmentation.boxes import BEHAVIOUR, SEGMENTATION
from monitoring.retention.records import Records
from monitoring.segments.customers import customers
from monitoring.segments.figures import Figure, figures
from monitoring.segments.groups import Group, Groups, grouped, whole

DECLARED = ("demographic", "geographic", "technographic", "psychographic", "behavioural")
MOST_VALUES = 20  # of an attribute: more are no segments, but a list


@dataclass(frozen=True, slots=True)
class Rules:
    """Behaviours at length, by name; the share of customers that they put where their cluster is; when measured."""

    words: dict[str, str]
    agreement: float
    measured_at: datetime


@dataclass(frozen=True)
class Segments:
    """Segments as they were at `as_of`, and what one horizon since then and the last year say of them.

    `told` names the figures that the records can tell. A segmentation that they cannot is None. `declared` are the
    attributes that customers have, by the group that the mapping puts them in.
    """

    as_of: datetime
    horizon_days: int
    told: tuple[str, ...]
    everybody: Group
    rfm: Groups | None
    standing: Groups | None
    stage: Groups | None
    behaviour: Groups | None
    rules: Rules | None
    declared: dict[str, dict[str, Groups]]


def segments(records: Records) -> Segments:
    """Every segmentation and figure."""
    each, churn = customers(records), records.dataset.churn
    everybody = whole(records, each, _present(each, figures(churn.horizon_days)))
    wanted = tuple(one for one in _present(each, figures(churn.horizon_days)) if _says(everybody, one))
    told = {column: grouped(records, each, column, wanted) for column in ("rfm", "standing", "stage", BEHAVIOUR)}
    return Segments(
        as_of=records.judged_from,
        horizon_days=churn.horizon_days,
        told=tuple(one.name for one in wanted),
        everybody=everybody,
        **told,
        rules=_rules(records) if told[BEHAVIOUR] else None,
        declared=_declared(records, each, wanted),
    )


def _present(each: ibis.Table, known: tuple[Figure, ...]) -> tuple[Figure, ...]:
    return tuple(one for one in known if set(one.needs) <= set(each.columns))


def _says(everybody: Group, figure: Figure) -> bool:
    """Whether a figure says anything of anybody: a share of 0 is of what the records do not hold."""
    found = everybody.figures[figure.name]
    return found is not None and not (figure.unit == "share" and found.value == 0)


def _rules(records: Records) -> Rules | None:
    boxes = records.opened.tables[SEGMENTATION]
    rows = records.rows(boxes.filter(boxes.segment == BEHAVIOUR).order_by(ibis.desc("share")))
    if not rows:
        return None
    at = datetime.fromtimestamp(rows[0]["measured_at"], UTC)
    return Rules({row["label"]: row["words"] for row in rows}, rows[0]["agreement"], at)


def _declared(records: Records, each: ibis.Table, wanted: tuple[Figure, ...]) -> dict[str, dict[str, Groups]]:
    found: dict[str, dict[str, Groups]] = {}
    for group, name in _attributes(records, each):
        by = grouped(records, each, name, wanted, followed=True)
        if by is not None:
            found.setdefault(group, {})[name] = by
    return found


def _attributes(records: Records, each: ibis.Table) -> Iterator[tuple[str, str]]:
    """(group, attribute) of those with few values."""
    declared = records.dataset.attributes_of("customers")
    names = [name for name in declared if name in each.columns]
    if not names:
        return
    values = records.row(each.aggregate(**{name: each[name].nunique() for name in names}))
    for group in DECLARED:
        for name in names:
            if declared[name].group == group and values[name] <= MOST_VALUES:
                yield group, name
