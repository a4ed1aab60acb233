"""Decisions as the ledger holds them, read some at a time, so that a ledger of any size can be exported."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, case, func, or_, select

from configs.errors import DataError
from features.ledger import DECISIONS, OUTCOMES, to_instant, to_text
from pipelines.export.logged import Logged, Outcome
from serving.archive import Archive
from serving.catalogue import Catalogue
from serving.catalogue_document import of_document
from serving.database import answering

Reward = Literal["acceptance", "value"]
AT_ONCE = 1000  # decisions fetched together


@dataclass(frozen=True, slots=True)
class Asked:
    """Decisions made in (after, until], with what came of them until today; `kinds` of outcomes are acceptances.

    The reward `acceptance` is 1 where the offer made first was accepted, else 0; `value` is the sum of what its
    acceptances are reported to have brought. An acceptance that names no offer is of the one made first.
    """

    kinds: Sequence[str]
    after: datetime
    until: datetime
    reward: Reward = "acceptance"

    def made(self) -> ColumnElement[bool]:
        """The condition on a decision."""
        return (DECISIONS.c.decided_at > to_text(self.after)) & (DECISIONS.c.decided_at <= to_text(self.until))

    def reward_of(self, offer_id: str | None, outcomes: Sequence[Outcome]) -> float | None:
        """What a decision brought that made this offer first; None for nothing, which can bring none."""
        if offer_id is None:
            return None
        accepted = [one for one in outcomes if one.kind in self.kinds and one.offer_id in (None, offer_id)]
        if self.reward == "acceptance":
            return float(bool(accepted))
        return float(sum(one.value or 0.0 for one in accepted))


def logged(engine: Engine, asked: Asked) -> Iterator[Logged]:
    """The decisions asked for, oldest first.

    Raises DataError at once where there is none or, for the reward `value`, where one was accepted of which no value
    was reported: it must not pass for one of 0. Raises StoreUnavailable.
    """
    with answering("read"), engine.connect() as connection:
        if not connection.scalar(select(func.count()).select_from(DECISIONS).where(asked.made())):
            raise DataError(
                "the ledger holds no decision to export in this time; `tenure decide` or `tenure serve` makes some"
            )
        if asked.reward == "value":
            _refuse_worthless(connection, asked)
    return _rows(engine, asked)


def _refuse_worthless(connection: Connection, asked: Asked) -> None:
    d, o = DECISIONS.c, OUTCOMES.c
    accepted = (
        select(d.decision_id, func.max(o.value).label("value"))
        .join(OUTCOMES, o.decision_id == d.decision_id)
        .where(asked.made(), o.kind.in_(asked.kinds), or_(o.offer_id.is_(None), o.offer_id == d.offer_id))
        .where(d.offer_id.is_not(None))
        .group_by(d.decision_id)
        .subquery()
    )
    worthless = case((accepted.c.value.is_(None), accepted.c.decision_id))
    every, lacking, one = connection.execute(select(func.count(), func.count(worthless), func.min(worthless))).one()
    if lacking:
        raise DataError(
            f"{lacking} of {every} accepted decisions have no value, {one} among them: "
            "report outcomes with one, or ask for the reward acceptance"
        )


def _rows(engine: Engine, asked: Asked) -> Iterator[Logged]:
    archive = Archive(engine)

    @cache
    def catalogue(found: str) -> Catalogue:
        return of_document(archive.document(found))

    made = select(DECISIONS).where(asked.made()).order_by(DECISIONS.c.decided_at, DECISIONS.c.decision_id)
    with answering("read"), engine.connect() as connection:
        found = connection.execute(made.execution_options(yield_per=AT_ONCE)).mappings()
        for rows in found.partitions():
            outcomes = _outcomes(connection, [row["decision_id"] for row in rows])
            for row in rows:
                came = outcomes.get(row["decision_id"], ())
                yield _logged(row, came, asked.reward_of(row["offer_id"], came), catalogue(row["catalogue_hash"]).kind)


def _outcomes(connection: Connection, decisions: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
    """By decision, in the order in which they occurred."""
    o, found = OUTCOMES.c, defaultdict[str, list[Outcome]](list)
    of_them = select(OUTCOMES).where(o.decision_id.in_(decisions)).order_by(o.occurred_at, o.outcome_id)
    for row in connection.execute(of_them):
        found[row.decision_id].append(Outcome(row.offer_id, row.kind, row.value, to_instant(row.occurred_at)))
    return found


def _logged(row: RowMapping, outcomes: Sequence[Outcome], reward: float | None, kind: Callable[[str], str]) -> Logged:
    features, response = json.loads(row["features"]), json.loads(row["response"])
    actions, filtered = features["actions"], response["filtered"]
    places = {pair: at for at, pair in enumerate(zip(actions["offer_id"], actions["channel"], strict=True))}
    named = {one for one in (*actions["offer_id"], *(one["offer_id"] for one in filtered)) if one}
    return Logged(
        decision_id=row["decision_id"],
        customer_id=row["customer_id"],
        decided_at=to_instant(row["decided_at"]),
        arm=row["arm"],
        policy_version=row["policy_version"],
        prices_version=row["prices_version"] or None,
        models={model["name"]: model["version"] for model in json.loads(row["models"])},
        p_churn=row["p_churn"],
        value_at_stake=row["value_at_stake"],
        features=features["values"],
        by_kind=features["by_kind"],
        features_hash=row["features_hash"],
        context=json.loads(row["request"])["context"],
        degraded=json.loads(row["degraded"]),
        actions=actions,
        made=[places[one["offer_id"], one["channel"]] for one in response["offers"]],
        kinds={one: kind(one) for one in named},
        filtered=filtered,
        outcomes=outcomes,
        reward=reward,
    )
