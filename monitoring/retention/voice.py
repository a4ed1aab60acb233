"""What customers say: NPS, CSAT, CES, complaints and sentiment of the last year, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import ibis
import numpy as np
import pandas as pd

from features.views.view import DAY
from monitoring.intervals import Z95, Interval, wilson
from monitoring.retention.records import Records

DAYS = 365
PROMOTERS, DETRACTORS = 9, 6  # 9 and 10, 0 to 6 of 0 to 10. Source: Reichheld 2003
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
    if not records.has("feedback"):
        return None
    said = records.table("feedback")
    said = said.filter(said.occurred_at >= records.seconds - DAYS * DAY)
    scores, few = _scores(records, said), records.few
    nps, csat, ces = (scores[kind] for kind in ("nps", "csat", "ces"))
    complaints = said.filter(said.kind == "complaint")
    counted = records.row(complaints.aggregate(n=complaints.count(), customers=complaints.customer_id.nunique()))
    everybody = records.row(records.table("customers").aggregate(n=ibis._.count()))["n"]
    return Voice(
        nps=_mean(nps.assign(score=(nps.score >= PROMOTERS) * 1.0 - (nps.score <= DETRACTORS)), few),
        csat=_satisfied(csat, few),
        ces=_mean(ces, few),
        complaining=_share(counted["customers"], everybody, few),
        complaints=counted["n"],
        sentiment=_mean(_sentiment(records, said), few),
    )


def _scores(records: Records, said: ibis.Table) -> dict[str, pd.DataFrame]:
    """How many customers' latest answer was which score: kind -> (score, n)."""
    answers = said.filter(said.kind.isin(("nps", "csat", "ces")) & said.score.notnull())
    latest = answers.group_by("kind", "customer_id").aggregate(score=answers.score.argmax(answers.occurred_at))
    found = records.frame(latest.group_by("kind", "score").aggregate(n=latest.count()))
    return {kind: found.loc[found.kind == kind, ["score", "n"]] for kind in ("nps", "csat", "ces")}


def _sentiment(records: Records, said: ibis.Table) -> pd.DataFrame:
    """How many customers' mean sentiment was what, to a hundredth: (score, n)."""
    felt = said.filter(said.sentiment.notnull())
    means = felt.group_by("customer_id").aggregate(score=felt.sentiment.mean().round(2))
    return records.frame(means.group_by("score").aggregate(n=means.count()))


def _satisfied(scores: pd.DataFrame, few: int) -> Answer:
    top = 5.0 if scores.empty or scores.score.max() <= 5 else 10.0
    lowest = 1.0 if top == 5.0 else 0.0
    satisfied = (scores.score - lowest) / (top - lowest) >= SATISFIED
    return _share(float(scores.n[satisfied].sum()), int(scores.n.sum()), few)


def _share(count: float, of: int, few: int) -> Answer:
    return Answer(of, wilson(count, of) if of >= few else None)


def _mean(scores: pd.DataFrame, few: int) -> Answer:
    """The mean with the interval of a mean: customers are independent of one another."""
    of = int(scores.n.sum())
    if of < few:
        return Answer(of, None)
    score, n = scores.score.to_numpy(np.float64), scores.n.to_numpy(np.float64)
    mean = float(score @ n / of)
    half = Z95 * sqrt(float((score - mean) ** 2 @ n) / (of - 1) / of)
    return Answer(of, Interval(mean, mean - half, mean + half))
