"""The offer funnel by channel: sent, viewed, clicked, accepted, converted."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from features.contract import CONTROL
from features.views.view import DAY
from monitoring.retention.rates import Share, share
from monitoring.retention.records import Records

DAYS = 365
STEPS = {
    "viewed": ("viewed", "opened"),
    "clicked": ("clicked",),
    "accepted": ("accepted",),
    "converted": ("converted",),
}


@dataclass(frozen=True, slots=True)
class Channel:
    """Offers sent by one channel, and how many of them came to each step, later steps implying none before."""

    channel: str
    sent: int
    customers: int
    reached: dict[str, Share]


def funnel(records: Records) -> tuple[Channel, ...] | None:
    """Of the last year, most sent first; None without treatments. A step that no outcome tells of is left out.

    An outcome belongs to the treatment with its decision; without one, to the last of its offer before it.
    """
    offers = records.once(sendings)
    if offers is None:
        return None
    counts = {step: offers[step].sum() for step in STEPS}
    found = offers.group_by("channel").aggregate(sent=offers.count(), customers=offers.customer_id.nunique(), **counts)
    sizes = records.rows(found.order_by(found.sent.desc()))
    known = [step for step in STEPS if sum(row[step] for row in sizes)]
    return tuple(
        Channel(
            row["channel"],
            row["sent"],
            row["customers"],
            {step: share(row[step], row["sent"], records.few, row["customers"]) for step in known},
        )
        for row in sizes
        if row["customers"] >= records.few
    )


def sendings(records: Records) -> ibis.Table | None:
    """(customer_id, channel, and 1 or 0 for each of STEPS) of each offer sent; None without treatments."""
    if not records.has("treatments", "outcomes"):
        return None
    sent = records.table("treatments")
    sent = sent.filter((sent.offer_id != CONTROL) & (sent.occurred_at >= records.seconds - DAYS * DAY))
    sent = sent.mutate(channel=sent.channel.fill_null("unknown"))
    told = records.table("outcomes")
    told = told.filter(told.kind.isin([kind for kinds in STEPS.values() for kind in kinds]) & told.offer_id.notnull())
    keys = ["customer_id", "offer_id"]
    pairs = sent.select(*keys, "channel", sent_at="occurred_at").join(told.select(*keys, "kind", "occurred_at"), keys)
    after = pairs.filter(pairs.occurred_at >= pairs.sent_at)
    own = after.group_by(*keys, "kind", "occurred_at").aggregate(
        sent_at=after.sent_at.max(), channel=after.channel.argmax(after.sent_at)
    )
    steps = {step: own.kind.isin(kinds).cast("int64").max() for step, kinds in STEPS.items()}
    reached = own.group_by(*keys, "sent_at", "channel").aggregate(**steps)
    each = sent.select(*keys, "channel", sent_at="occurred_at").left_join(reached, [*keys, "sent_at", "channel"])
    return each.select("customer_id", "channel", **{step: each[step].fill_null(0) for step in STEPS})
