"""Arms of a ledger compared: who counts, what counts, and what is said before anything can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from configs.clock import fixed
from configs.errors import DataError
from configs.loading import dump
from pipelines.lift import run
from pipelines.session import Session
from tests.pipelines.evaluation.decided import CUSTOMERS, DAYS, POLICY, Served


def at(served: Served, now: datetime) -> Session:
    dump(POLICY, served.session.workspace.policy)
    return replace(served.session, clock=fixed(now))


WINDOW = timedelta(days=56)
AFTER = DAYS[0] + WINDOW + timedelta(days=1)


def test_everybody_counts_by_the_first_decision(served: Served) -> None:
    found = run(at(served, AFTER), outcome="retention")
    assert sum(one.observed for one in found.ratio.arms) == CUSTOMERS
    assert (found.first, found.last) == (DAYS[0], DAYS[0] + timedelta(seconds=CUSTOMERS - 1))
    assert (found.open, found.ratio.fails) == (0, False)
    policy = next(one for one in found.lifts if (one.arm.arm, one.against.arm) == ("policy", "holdout"))
    assert policy.arm.customers + policy.against.customers == CUSTOMERS
    assert policy.refused == (
        f"holdout has {policy.against.customers} customers whose outcome is known; at least 30 are needed",
    )
    assert found.refused is not None
    assert found.detectable.startswith(f"with {policy.against.customers} customers held out")


def test_profit_is_margin_less_what_was_spent(served: Served) -> None:
    session = at(served, AFTER)
    dear = POLICY.model_copy(update={"contact_costs": {"email": 1000.0, "sms": 1000.0}})
    cheap = run(session, outcome="profit")
    dump(dear, session.workspace.policy)
    costly = run(session, outcome="profit")
    sides = [(one.lifts[0].arm.mean, one.lifts[0].against.mean) for one in (cheap, costly)]
    assert sides[1][0] < sides[0][0] - 100  # who is treated is contacted
    assert sides[1][1] == sides[0][1]  # the holdout is not


def test_before_a_horizon_has_passed_it_is_said_when_and_what_it_will_show(served: Served) -> None:
    with pytest.raises(DataError, match="no customer's horizon has passed yet: the first does on 2023-10-02; with "):
        run(at(served, DAYS[0] + timedelta(days=10)), outcome="retention")


def test_without_decisions_there_is_nothing_to_compare(opened: Callable[[str], Served]) -> None:
    with pytest.raises(DataError, match="the ledger holds no decision in this time"):
        run(at(opened("no-lift"), datetime(2023, 12, 1, tzinfo=UTC)), outcome="retention")


def test_shares_that_do_not_fit_are_told(served: Served) -> None:
    session = at(served, AFTER)
    other = POLICY.arms.model_copy(update={"holdout": 0.6})
    dump(POLICY.model_copy(update={"arms": other}), session.workspace.policy)
    found = run(session, outcome="retention")
    assert found.ratio.impossible
    assert found.refused is not None
    assert "customers per arm do not fit the shares" in found.refused
