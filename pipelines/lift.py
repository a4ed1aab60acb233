"""`tenure lift`: what each arm brought, against customers who were left alone and against simpler rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.errors import DataError
from configs.policy import Policy
from decisioning.arm_outcomes import ArmOutcomes
from decisioning.arms import MEASURING, Arm
from decisioning.detectable import detectable_difference, in_words
from decisioning.lift import LEVEL, Lift, Lifts, lifts
from decisioning.returns import Return, returns
from decisioning.sample_ratio import SampleRatio, sample_ratio
from features import labels
from features.snapshots import until_closed
from features.tables import open_tables
from pipelines.decided import contacts, decisions
from pipelines.policies import in_force, offers_of
from pipelines.session import Session
from serving.ledger import ledger_url, open_ledger

Outcome = Literal["retention", "profit"]
ARMS: tuple[Arm, ...] = ("policy", *MEASURING)
BEFORE: Mapping[Outcome, str] = {"retention": "p_churn", "profit": "value_at_stake"}  # known at the first decision
LONG_AGO = timedelta(days=3650)


@dataclass(frozen=True)
class Lifted:
    """Arms compared on one outcome, in the unit of it.

    Customers count by their first decision, with what the horizon after it brought. `ratio` is of all of them, `open`
    counts those whose horizon has not passed. `detectable` says what these sizes can see. `returns` are of profit, on
    what offers and contacts cost.
    """

    outcome: Outcome
    unit: str
    first: datetime
    last: datetime
    ratio: SampleRatio
    found: Lifts
    open: int
    detectable: str
    warnings: tuple[str, ...]
    returns: tuple[Return, ...] = ()

    @property
    def lifts(self) -> tuple[Lift, ...]:
        """The comparisons."""
        return self.found.lifts

    @property
    def refused(self) -> str | None:
        """Why nothing is claimed; None where something is."""
        if self.found.comparisons:
            return None
        return "; ".join(dict.fromkeys(reason for one in self.lifts for reason in one.refused))


def run(
    session: Session,
    *,
    outcome: Outcome,
    since: datetime | None = None,
    level: float = LEVEL,
    progress: Callable[[str], None] = lambda _: None,
) -> Lifted:
    """Compare the arms on customers first decided for after `since`. Raises DataError where none can be judged."""
    progress("reading decisions")
    made = decided_since(session, since or session.clock() - LONG_AGO)
    progress("reading what followed")
    return compare(session, made, outcome=outcome, level=level)


def compare(session: Session, made: pd.DataFrame, *, outcome: Outcome, level: float = LEVEL) -> Lifted:
    """Compare the arms on the customers of the decisions `made`. Raises DataError where none can be judged."""
    now, policy = session.clock(), in_force(session)
    if made.empty:
        raise DataError("the ledger holds no decision in this time: `tenure decide --all`, or serve, makes some")
    everybody = made.drop_duplicates("customer_id")
    window = until_closed(session.dataset)
    closed = everybody[everybody.decided_at + window <= now].reset_index(drop=True)
    if closed.empty:
        opens = (everybody.decided_at.min() + window).strftime("%Y-%m-%d")
        raise DataError(f"no customer's horizon has passed yet: the first does on {opens}; {_goal(everybody)}")
    spend = None if outcome == "retention" else _spent(session, policy, closed, window, now)
    value = _retained(session, closed) if spend is None else _margin(session, closed) - spend
    shares = {str(arm): policy.rules().arms.share(arm) for arm in ARMS}
    outcomes = ArmOutcomes(
        tuple(map(str, ARMS)),
        _places(closed.arm),
        np.asarray(value, dtype=np.float64),
        _before(closed, BEFORE[outcome]),
    )
    found = lifts(outcomes, shares, level=level)
    return Lifted(
        outcome=outcome,
        unit="share who stay" if outcome == "retention" else session.dataset.currency,
        first=closed.decided_at.min(),
        last=closed.decided_at.max(),
        ratio=sample_ratio(_counts(everybody.arm), shares),
        found=found,
        open=len(everybody) - len(closed),
        detectable=_detectable(outcome, outcomes),
        warnings=tuple(_warnings(int(value.isna().sum()), made)),
        returns=() if spend is None else returns(outcomes, np.asarray(spend, dtype=np.float64), found),
    )


def decided_since(session: Session, since: datetime) -> pd.DataFrame:
    """Every decision after `since`, oldest first."""
    engine = open_ledger(ledger_url(session.workspace))
    return decisions(engine, session.workspace.campaigns, after=since, until=session.clock())


def _places(arm: pd.Series[str]) -> NDArray[np.intp]:
    return np.array([ARMS.index(one) for one in arm], dtype=np.intp)


def _counts(arm: pd.Series[str]) -> dict[str, int]:
    return {str(one): int((arm == one).sum()) for one in ARMS}


def _before(rows: pd.DataFrame, column: str) -> NDArray[np.float64] | None:
    known = np.asarray(rows[column].astype("float64"), dtype=np.float64)
    return None if np.isnan(known).all() else known


def _retained(session: Session, rows: pd.DataFrame) -> pd.Series[float]:
    """1 for who stayed over the horizon, 0 for who left, NaN where that is no question."""
    if session.dataset.churn.kind == "label":
        raise DataError("a label known for one snapshot only cannot follow a decision")
    spine = _spine(rows)
    return labels.stayed(open_tables(session.workspace), session.dataset, spine).label.astype("float64")


def _margin(session: Session, rows: pd.DataFrame) -> pd.Series[float]:
    """The margin of the horizon, in currency."""
    return labels.earned(open_tables(session.workspace), session.dataset, _spine(rows)).label.astype("float64")


def _spent(session: Session, policy: Policy, rows: pd.DataFrame, window: timedelta, now: datetime) -> pd.Series[float]:
    """What the contacts made in the horizon, and the offers accepted of those, cost, in currency."""
    if "transactions" not in session.dataset.tables:
        raise DataError("profit needs transactions, which are not mapped; ask for --outcome retention")
    engine = open_ledger(ledger_url(session.workspace))
    made = contacts(engine, after=rows.decided_at.min() - timedelta(seconds=1), until=now)
    cost = {offer.offer_id: offer.cost for offer in offers_of(session, policy).offers}
    spent = made.channel.map(dict(policy.contact_costs)).fillna(0.0)
    spent += made.offer_id.map(cost).fillna(0.0) * made.accepted.notna()
    first = made.customer_id.map(rows.set_index("customer_id").decided_at)
    within = (made["at"] >= first) & (made["at"] < first + window)
    by_customer = spent[within].groupby(made.customer_id[within]).sum()
    return rows.customer_id.map(by_customer).fillna(0.0).astype("float64")


def _spine(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": rows.customer_id, "as_of": rows.decided_at.dt.floor("s")})


def _detectable(outcome: Outcome, outcomes: ArmOutcomes) -> str:
    known = ~np.isnan(outcomes.value)
    value = {arm: outcomes.value[known & (outcomes.arm == at)] for at, arm in enumerate(ARMS)}
    held, policy = value["holdout"], value["policy"]
    if not len(held) or not len(policy):
        return "nobody is held out, or nobody is not: what treatment is worth cannot be told"
    if outcome == "retention":
        churn = min(max(1.0 - float(held.mean()), 0.001), 0.999)
        return in_words(churn, len(held), len(policy))
    deviations = float(policy.std()), float(held.std())
    least = detectable_difference(deviations, (len(policy), len(held)))
    return f"with {len(held):,} held out, a difference below {least:,.2f} a customer would not be seen"


def _goal(everybody: pd.DataFrame) -> str:
    """What the sizes so far will be able to see, said before somebody waits for it."""
    held = int((everybody.arm == "holdout").sum())
    if not 0 < held < len(everybody):
        return "nobody is held out"
    churn = float(everybody.p_churn.mean()) if everybody.p_churn.notna().any() else 0.1
    return in_words(min(max(churn, 0.001), 0.999), held, len(everybody) - held)


def _warnings(unknown: int, made: pd.DataFrame) -> list[str]:
    found = []
    if unknown:
        found.append(f"{unknown:,} customers left out: what became of them is not known")
    held = made[["customer_id", "arm"]].drop_duplicates().customer_id
    if moved := held[held.duplicated()].nunique():
        found.append(f"{moved:,} customers changed their arm, as the policy's shares or salt did; their first counts")
    return found
