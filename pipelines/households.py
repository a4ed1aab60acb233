"""Whom the demo asks for, and what became of the offers decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import pandas as pd

from features import labels
from features.ingest import RECORDS
from features.tables import open_tables
from pipelines import score
from pipelines.client import Accepted
from pipelines.session import Session
from serving.answers import DecideAnswer


def riskiest_first(session: Session, as_of: datetime, most: int) -> list[str]:
    """About `most` customers at risk, evenly over the range of risk, the riskiest first."""
    scored = pd.read_parquet(score.everybody_at(session, as_of, lambda _: None).path)
    at_risk = labels.at_risk(open_tables(session.workspace), session.dataset, as_of)
    ranked = scored.merge(at_risk[["customer_id"]]).sort_values(["p_churn", "customer_id"], ascending=False)
    return ranked.customer_id.iloc[:: max(1, len(ranked) // most)].head(most).tolist()


def accepted(session: Session, answers: Sequence[DecideAnswer], since: datetime) -> Iterator[Accepted]:
    """The decided offers that the records show the customer accepted from `since` on."""
    outcomes = pd.read_parquet(session.workspace.tables / "outcomes" / RECORDS)
    outcomes = outcomes[outcomes.kind.isin(session.dataset.acceptance.kinds) & (outcomes.occurred_at >= since)]
    first = outcomes.sort_values("occurred_at").drop_duplicates(["customer_id", "offer_id"])
    known = {
        (customer, offer): (occurred_at.to_pydatetime(), float(value))
        for customer, offer, occurred_at, value in first[["customer_id", "offer_id", "occurred_at", "value"]].to_numpy()
    }
    for answer in answers:
        offer_id = answer.offers[0].offer_id
        if offer_id is not None and (found := known.get((answer.customer_id, offer_id))):
            yield Accepted(answer.decision_id, offer_id, *found)


def telling(answers: Sequence[DecideAnswer], count: int) -> list[DecideAnswer]:
    """`count` answers that show what can happen: one held out, one left alone, the others with the best offers."""
    held = [answer for answer in answers if answer.arm == "holdout"]
    alone = [answer for answer in answers if answer.arm != "holdout" and answer.offers[0].offer_id is None]
    offered = [answer for answer in answers if answer.offers[0].offer_id is not None]
    best = sorted(offered, key=lambda answer: -answer.offers[0].net_value)
    return [*best[: count - 2], *alone[:1], *held[:1]]
