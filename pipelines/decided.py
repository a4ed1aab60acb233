"""Every decision on record, made in real time or by a campaign, as one frame of what all of them have."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from sqlalchemy import Engine, select

from features.ledger import CAMPAIGNS, CONTACTS, DECISIONS, OUTCOMES, to_text
from serving.database import answering

COLUMNS = ("decision_id", "customer_id", "decided_at", "arm", "offer_id", "channel", "p_churn", "value_at_stake")


def decisions(engine: Engine, campaigns: Path, *, after: datetime, until: datetime) -> pd.DataFrame:
    """COLUMNS of decisions made in (after, until], oldest first; nothing has a null offer. Raises StoreUnavailable."""
    d = DECISIONS.c
    query = select(*(d[name] for name in COLUMNS)).where(d.decided_at > to_text(after), d.decided_at <= to_text(until))
    query = query.order_by(d.decided_at, d.decision_id)
    with answering("read"), engine.connect() as connection:
        rows = connection.execute(query).all()
        made = connection.execute(
            select(CAMPAIGNS.c.path).where(
                CAMPAIGNS.c.decided_at > to_text(after), CAMPAIGNS.c.decided_at <= to_text(until)
            )
        ).all()
    single = pd.DataFrame(rows, columns=list(COLUMNS))
    single["decided_at"] = pd.to_datetime(single.decided_at, utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    frames = [single, *(_of_campaign(campaigns / row.path) for row in made)]
    together = pd.concat([frame for frame in frames if len(frame)] or [single], ignore_index=True)
    return together.sort_values("decided_at", kind="stable", ignore_index=True)


def contacts(engine: Engine, *, after: datetime, until: datetime) -> pd.DataFrame:
    """decision_id, customer_id, offer_id, channel, at, accepted (at): offers made in (after, until]."""
    c, o = CONTACTS.c, OUTCOMES.c
    made = select(c.decision_id, c.customer_id, c.offer_id, c.channel, c.at).where(
        c.at > to_text(after), c.at <= to_text(until)
    )
    taken = select(o.decision_id, o.offer_id, o.occurred_at).where(o.kind == "accepted")
    with answering("read"), engine.connect() as connection:
        rows = pd.DataFrame(
            connection.execute(made).all(), columns=["decision_id", "customer_id", "offer_id", "channel", "at"]
        )
        accepted = pd.DataFrame(connection.execute(taken).all(), columns=["decision_id", "offer_id", "accepted"])
    whole = accepted.offer_id.isna()  # an acceptance that names no offer is of the decision's
    by_offer = accepted[~whole].drop_duplicates(["decision_id", "offer_id"])
    by_decision = accepted[whole].drop_duplicates("decision_id").set_index("decision_id").accepted
    found = rows.merge(by_offer, on=["decision_id", "offer_id"], how="left")
    found["accepted"] = found.accepted.fillna(found.decision_id.map(by_decision))
    for name in ("at", "accepted"):
        found[name] = pd.to_datetime(found[name], utc=True, format="ISO8601")
    return found


def _of_campaign(path: Path) -> pd.DataFrame:
    table = pq.read_table(path, columns=list(COLUMNS))
    found: pd.DataFrame = table.to_pandas()
    return found[list(COLUMNS)]
