"""A row for every customer: the segments they were in, and all that is told of them since."""

from __future__ import annotations

from functools import reduce

import ibis
from ibis.expr import types as ir

from configs.dataset import Attribute
from features.segmentation.boxes import BEHAVIOUR
from features.views import segments
from monitoring.retention.funnel import STEPS, sendings
from monitoring.retention.points import holders
from monitoring.retention.rates import first_purchases, left, renewals
from monitoring.retention.records import Records
from monitoring.retention.staying import spells
from monitoring.retention.voice import opinions
from monitoring.retention.worth import margins

KEY = "customer_id"
SEGMENTS = ("rfm", "standing", "stage", BEHAVIOUR)


def customers(records: Records) -> ibis.Table:
    """SEGMENTS and declared attributes at `records.judged_from`, and a column for everything figures are made of.

    `kept`, `again`, `satisfied`, `complained` are 1 or 0, `nps` 1, 0 or -1, `margin`, `effort` and `sentiment` numbers,
    all null where the customer has no say in it; the others count. `entry`, `duration` and `left` are a spell.
    """
    parts = (
        _kept(records), _margin(records), records.once(spells), _renewals(records), records.once(first_purchases),
        records.once(opinions), _offers(records), _points(records),
    )  # fmt: skip
    first = records.hold(_segmented(records))
    return records.hold(reduce(_beside, (part for part in parts if part is not None), first))


def _segmented(records: Records) -> ibis.Table:
    at = ibis.memtable({"as_of": [records.judged_from.timestamp()]})
    found = segments.build(records.dataset, records.opened.tables, at)
    standing = _standing(found)
    held = found.select(KEY, *(name for name in SEGMENTS if name != "standing"), standing=standing)
    people = records.opened.tables["customers"]
    declared = records.dataset.attributes_of("customers")
    named = {name: _in_words(people[name], one) for name, one in declared.items() if name not in held.columns}
    return _beside(held, people.select(KEY, **named))


def _standing(found: ibis.Table) -> ir.StringValue:
    """Value, potential and reach in one, as far as they are known."""
    potential = ibis.literal(", ").concat(found.potential, " potential")
    reach = ibis.literal(", ").concat(found.reach.replace("none", "no channel"), " open")
    return found.value.concat(" value", potential.fill_null(""), reach.fill_null(""))


def _in_words(column: ir.Column, attribute: Attribute) -> ir.StringValue:
    """A category as it is; a number by thirds of the customers who have one."""
    if attribute.kind == "category":
        return column.cast("string")
    third, two_thirds = (column.quantile(share).over() for share in (1 / 3, 2 / 3))
    return ibis.cases(
        (column.isnull(), ibis.null("string")),
        (column <= third, ibis.literal("up to ").concat(_rounded(third))),
        (column <= two_thirds, _rounded(third).concat(" to ").concat(_rounded(two_thirds))),
        else_=ibis.literal("over ").concat(_rounded(two_thirds)),
    )


def _rounded(number: ir.NumericValue) -> ir.StringValue:
    return number.round(2).cast("string").re_replace(r"\.0+$", "")


def _kept(records: Records) -> ibis.Table:
    gone = records.once(left)
    return gone.select(KEY, kept=1 - gone.label)


def _margin(records: Records) -> ibis.Table | None:
    found = records.once(margins)
    return None if found is None else found.select(KEY, margin="label")


def _renewals(records: Records) -> ibis.Table | None:
    told = renewals(records)
    return None if told is None else told.group_by(KEY).aggregate(due=told.count(), renewed=told.renewed.sum())


def _offers(records: Records) -> ibis.Table | None:
    sent = records.once(sendings)
    if sent is None:
        return None
    return sent.group_by(KEY).aggregate(sent=sent.count(), **{step: sent[step].sum() for step in STEPS})


def _points(records: Records) -> ibis.Table | None:
    found = records.once(holders)
    return None if found is None else found.select(KEY, "earned", "burnt")


def _beside(rows: ibis.Table, found: ibis.Table) -> ibis.Table:
    return rows.left_join(found, KEY).drop(f"{KEY}_right")
