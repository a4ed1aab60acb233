"""What is exported: decisions of the ledger with their candidates, what stood in their way, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from configs.errors import DataError
from features.ledger import DECISIONS, OUTCOMES, to_instant, to_text
from serving.database import answering

Cell = str | float | bool | None
Terms = Mapping[str, Sequence[Cell]]  # of candidates, a list per column


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision. `actions` hold every candidate by rank, nothing with null ids; `chosen` is the place of the first.

    `reward` is 1 where the offer made first was accepted, 0 where it was not, None for nothing, which cannot be.
    """

    decision_id: str
    customer_id: str
    decided_at: datetime
    arm: str
    policy_version: str
    prices_version: str | None
    models: Mapping[str, str]
    p_churn: float | None
    value_at_stake: float | None
    features: Mapping[str, Cell]
    features_hash: str
    context: Mapping[str, Cell]
    degraded: Sequence[str]
    actions: Terms
    chosen: int
    filtered: Sequence[Mapping[str, str | None]]
    outcomes: Sequence[tuple[str, float | None, datetime]]  # kind, value, when it occurred
    reward: float | None

    @property
    def probability(self) -> float:
        """With which the first offer was chosen."""
        probability = self.actions["selection_probability"][self.chosen]
        return float(probability or 0.0)

    @property
    def names(self) -> list[str]:
        """The candidates, as `offer_id by channel` or `nothing`."""
        pairs = zip(self.actions["offer_id"], self.actions["channel"], strict=True)
        return [f"{offer} by {channel}" if offer else "nothing" for offer, channel in pairs]


def logged(engine: Engine, kinds: Sequence[str], *, after: datetime, until: datetime) -> list[Logged]:
    """Decisions made in (after, until], oldest first; `kinds` of outcomes are acceptances.

    Raises DataError where there are none, and StoreUnavailable.
    """
    d, o = DECISIONS.c, OUTCOMES.c
    made = select(DECISIONS).where(d.decided_at > to_text(after), d.decided_at <= to_text(until))
    with answering("read"), engine.connect() as connection:
        rows = connection.execute(made.order_by(d.decided_at, d.decision_id)).mappings().all()
        came = connection.execute(
            select(o.decision_id, o.kind, o.value, o.occurred_at).order_by(o.occurred_at, o.outcome_id)
        ).all()
    if not rows:
        raise DataError(
            "the ledger holds no decision to export in this time; `tenure decide` or `tenure serve` makes some"
        )
    outcomes: dict[str, list[tuple[str, float | None, datetime]]] = {}
    for one in came:
        outcomes.setdefault(one.decision_id, []).append((one.kind, one.value, to_instant(one.occurred_at)))
    return [_logged(dict(row), outcomes.get(row["decision_id"], []), kinds) for row in rows]


def _logged(
    row: Mapping[str, str], outcomes: Sequence[tuple[str, float | None, datetime]], kinds: Sequence[str]
) -> Logged:
    features, response = json.loads(row["features"]), json.loads(row["response"])
    first = response["offers"][0]
    pairs = list(zip(features["actions"]["offer_id"], features["actions"]["channel"], strict=True))
    accepted = any(kind in kinds for kind, _, _ in outcomes)
    return Logged(
        decision_id=row["decision_id"],
        customer_id=row["customer_id"],
        decided_at=to_instant(row["decided_at"]),
        arm=row["arm"],
        policy_version=row["policy_version"],
        prices_version=row["prices_version"] or None,
        models={model["name"]: model["version"] for model in json.loads(row["models"])},
        p_churn=row["p_churn"],  # type: ignore[arg-type]
        value_at_stake=row["value_at_stake"],  # type: ignore[arg-type]
        features=features["values"],
        features_hash=row["features_hash"],
        context=json.loads(row["request"]).get("context") or {},
        degraded=json.loads(row["degraded"]),
        actions=features["actions"],
        chosen=pairs.index((first["offer_id"], first["channel"])),
        filtered=response["filtered"],
        outcomes=outcomes,
        reward=None if first["offer_id"] is None else float(accepted),
    )
