"""What customers say: NPS, CSAT, CES, complaints and sentiment of the last year, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from features.views.view import DAY
from monitoring.intervals import Interval, normal, wilson
from monitoring.retention.records import Records

DAYS = 365
PROMOTERS, DETRACTORS = 9, 6  # 9 and 10, 0 to 6 of 0 to 10. Source: Reichheld 2003
OPINIONS = ("nps", "satisfied", "effort", "complained", "sentiment")
SATISFIED = 0.7  # from 4 of 1 to 5, from 7 of 0 to 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What so many customers answered, by the latest answer of each; no interval where they are too few."""

    customers: int
    told: Interval | None


@dataclass(frozen=True, slots=True)
class Voice:
    """`nps` is from -1 to 1. `csat` is the share satisfied, `ces` the mean score, on the records' own scale.

    `complaining` is the share of all customers with a complaint, `sentiment` the mean over customers, from -1 to 1.
    """

    nps: Answer
    csat: Answer
    ces: Answer
    complaining: Answer
    complaints: int
    sentiment: Answer


def voice(records: Records) -> Voice | None:
    """All of it; None without the table."""
    each = records.once(opinions)
    if each is None:
        return None
    said, few = _said(records), records.few
    complaints = records.row(said.aggregate(n=(said.kind == "complaint").sum()))["n"]
    nps, satisfied, effort, complained, sentiment = (_mean_of(records, each, name) for name in OPINIONS)
    return Voice(
        nps=nps.mean_within(few),
        csat=satisfied.share_within(few),
        ces=effort.mean_within(few),
        complaining=complained.share_within(few),
        complaints=complaints or 0,
        sentiment=sentiment.mean_within(few),
    )


def opinions(records: Records) -> ibis.Table | None:
    """A row for each customer, nulls where nothing was said; None without the table.

    `nps` is 1 for a promoter, -1 for a detractor, 0 between; `satisfied` 1 or 0; `effort` a score; `complained` 1 or
    0; `sentiment` their mean.
    """
    if not records.has("feedback"):
        return None
    said = _said(records)
    nps, csat, ces = (
        said.score.argmax(said.occurred_at, where=(said.kind == kind) & said.score.notnull())
        for kind in ("nps", "csat", "ces")
    )
    latest = said.group_by("customer_id").aggregate(
        nps=nps, csat=csat, effort=ces, sentiment=said.sentiment.mean(), complaints=(said.kind == "complaint").sum()
    )
    highest = records.row(said.aggregate(csat=said.score.max(where=said.kind == "csat")))["csat"]
    lowest, top = (1.0, 5.0) if highest is None or highest <= 5 else (0.0, 10.0)
    everybody = records.table("customers").select("customer_id").left_join(latest, "customer_id")
    return everybody.select(
        "customer_id", "effort", "sentiment",
        nps=(everybody.nps >= PROMOTERS).cast("int64") - (everybody.nps <= DETRACTORS).cast("int64"),
        satisfied=((everybody.csat - lowest) / (top - lowest) >= SATISFIED).cast("int64"),
        complained=(everybody.complaints.fill_null(0) > 0).cast("int64"),
    )  # fmt: skip


def _said(records: Records) -> ibis.Table:
    """Feedback of the last year."""
    said = records.table("feedback")
    return said.filter(said.occurred_at >= records.seconds - DAYS * DAY)


@dataclass(frozen=True, slots=True)
class _Mean:
    """Of so many customers: independent of one another."""

    of: int
    mean: float
    sd: float

    def mean_within(self, few: int) -> Answer:
        return Answer(self.of, normal(self.mean, self.sd, self.of) if self.of >= few else None)

    def share_within(self, few: int) -> Answer:
        return Answer(self.of, wilson(self.mean * self.of, self.of) if self.of >= few else None)


def _mean_of(records: Records, each: ibis.Table, name: str) -> _Mean:
    column = each[name]
    found = records.row(each.aggregate(of=column.count(), mean=column.mean(), sd=column.std()))
    return _Mean(found["of"], found["mean"] or 0.0, found["sd"] or 0.0)
