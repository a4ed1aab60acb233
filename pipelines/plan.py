"""`tenure plan`: what an audience would get under another policy, other levers or another budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from configs.errors import ConfigError
from configs.policy import LeverSettings, Policy
from decisioning import campaign
from decisioning.allocation import NOTHING
from decisioning.budgets import Budget, Prices
from decisioning.campaign import Decided, terms_of
from decisioning.exploration import decision_rng
from pipelines.audience import Gathered, gather
from pipelines.campaign import ONE_OFF
from pipelines.policies import in_force
from pipelines.session import Session

MOST_MOVES = 10
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Side:
    """What one policy would do. Money is in the workspace's currency; `value` is net, without levers."""

    policy: str
    contacts: int
    nothing: int
    value: float
    cost: float
    gap: float


@dataclass(frozen=True)
class Move:
    """How many customers would get `after` in place of `before`."""

    before: str
    after: str
    customers: int


@dataclass(frozen=True)
class Plan:
    """Two policies for one audience, each with a fresh period of every budget.

    `actions` are (action, customers before, customers after), `budgets` (name, limit, used before, used after), None
    where a policy lacks the budget.
    """

    customers: int
    before: Side
    after: Side
    changed: int
    actions: tuple[tuple[str, int, int], ...]
    moves: tuple[Move, ...]
    budgets: tuple[tuple[str, float, float | None, float | None], ...]
    plot: Path | None = None


def run(
    session: Session,
    policy: Policy,
    *,
    levers: Sequence[str] = (),
    budget: float | None = None,
    progress: Progress = lambda *_: None,
) -> Plan:
    """Hold `policy`, with further `levers` (offer_id=amount) and a budget of money, against the one in force.

    Raises ConfigError for a lever that is none, and what `pipelines.audience.gather` raises.
    """
    further = () if budget is None else (Budget(ONE_OFF, "money", budget, counts="expected"),)
    changed = policy.model_copy(update={"levers": (*policy.levers, *map(_lever, levers))})

    def asked(name: str) -> Callable[[str, int], None]:
        return lambda what, rows: progress(f"{name}: {what}", rows, 0)

    now = gather(session, in_force(session), progress=asked("in force"))
    then = gather(session, changed, further=further, progress=asked("planned"))
    return compare(now, then)


def compare(now: Gathered, then: Gathered) -> Plan:
    """What differs between two policies for the same customers, who explore alike."""
    before, after = _decided(now), _decided(then)
    one, other = _names(now, before), _names(then, after)
    counts, later = Counter(one), Counter(other)
    moves = Counter((was, is_) for was, is_ in zip(one, other, strict=True) if was != is_)
    return Plan(
        customers=len(one),
        before=_side(now, before),
        after=_side(then, after),
        changed=moves.total(),
        actions=tuple(
            (name, counts[name], later[name])
            for name in sorted({*counts, *later}, key=lambda name: (-later[name], -counts[name], name))
        ),
        moves=tuple(Move(was, is_, count) for (was, is_), count in moves.most_common(MOST_MOVES)),
        budgets=tuple(_budgets(now, before, then, after)),
    )


def _decided(gathered: Gathered) -> Decided:
    limits = {budget.name: budget.limit for budget in gathered.menu.budgets}
    return campaign.run(gathered.everyone.audience, gathered.menu, limits, decision_rng(gathered.policy.seed, "plan"))


def _names(gathered: Gathered, decided: Decided) -> list[str]:
    names = [f"{offer_id} by {channel}" for offer_id, channel in (one.key for one in gathered.menu.actions)]
    return ["nothing" if at == NOTHING else names[at] for at in decided.choice.tolist()]


def _side(gathered: Gathered, decided: Decided) -> Side:
    rows = np.flatnonzero(decided.choice != NOTHING)
    terms = terms_of(gathered.everyone.audience, gathered.menu, rows, decided.choice[rows], Prices())
    return Side(
        policy=gathered.policy.version,
        contacts=len(rows),
        nothing=len(decided.choice) - len(rows),
        value=float((terms.net_value - terms.lever - terms.preference).sum()),
        cost=float((terms.contact_cost + terms.cost * terms.p_accept).sum()),
        gap=decided.allocation.gap,
    )


def _budgets(
    now: Gathered, before: Decided, then: Gathered, after: Decided
) -> list[tuple[str, float, float | None, float | None]]:
    was, is_ = (
        {budget.name: _use(gathered, decided, row) for row, budget in enumerate(gathered.menu.budgets)}
        for gathered, decided in ((now, before), (then, after))
    )
    limits = {budget.name: budget.limit for budget in (*now.menu.budgets, *then.menu.budgets)}
    return [(name, limit, was.get(name), is_.get(name)) for name, limit in limits.items()]


def _use(gathered: Gathered, decided: Decided, row: int) -> float:
    rows = np.flatnonzero(decided.choice != NOTHING)
    actions, menu = decided.choice[rows], gathered.menu
    p_accept = gathered.everyone.audience.p_accept[rows, actions]
    return float((menu.fixed[row, actions] + menu.per_acceptance[row, actions] * p_accept).sum())


def _lever(text: str) -> LeverSettings:
    offer_id, _, amount = text.rpartition("=")
    try:
        return LeverSettings(offer_id=offer_id or None, amount=float(amount))
    except ValueError:
        raise ConfigError(f"--lever {text}: OFFER_ID=AMOUNT, such as gift_box=0.5, is allowed") from None
