"""What the customer told us: NPS, CSAT, effort, complaints, tickets and sentiment."""

from __future__ import annotations

import ibis

from configs.dataset import Dataset
from features.tables import Tables
from features.views.view import View, before, count, last, within

SCORES = ("nps", "csat", "ces")
NUMBERS = (
    *(f"{kind}_mean" for kind in SCORES),
    *(f"{kind}_last" for kind in SCORES),
    "complaints_84d",
    "tickets_84d",
    "complaints",
    "sentiment_mean",
)


def view(_: Dataset) -> View:
    """Feedback per customer."""
    return View("experience", ("feedback",), NUMBERS, build, state=("last_at",))


def build(tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer with feedback before `as_of`."""
    known = before(tables["feedback"], instants)
    recent = within(known, 84)
    scored = {kind: (known.kind == kind) & known.score.notnull() for kind in SCORES}
    return known.group_by("customer_id", "as_of").aggregate(
        **{f"{kind}_mean": known.score.mean(where=held) for kind, held in scored.items()},
        **{f"{kind}_last": last(known.score, known.occurred_at, held) for kind, held in scored.items()},
        complaints_84d=count(recent & (known.kind == "complaint")),
        tickets_84d=count(recent & (known.kind == "ticket")),
        complaints=count(known.kind == "complaint"),
        sentiment_mean=known.sentiment.mean(),
        last_at=known.occurred_at.max(),
    )
