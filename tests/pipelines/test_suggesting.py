"""What the policy would do now: as the service would decide, but for exploration, and with nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from features.ledger import CONTACTS, DECISIONS, DOCUMENTS
from monitoring.warning.watch import Advice
from pipelines.suggesting import Adviser, calm
from serving.deciding import Decider
from serving.schemas import DecideRequest
from tests.serving.fakes import World, arms, rules, world

ALL_DAY = [{"channels": ["email", "sms"], "begin": "00:00", "end": "23:59"}]
BEST = Advice("policy", "o2", "email")


@pytest.fixture
def made(tmp_path: Path) -> World:
    return world(tmp_path / "ledger.db")


def advice(made: World, customer_id: str = "c1", **policy: object) -> Advice:
    made.policy = rules(**policy)
    return Adviser(made.runtime())(customer_id)


def test_it_is_the_best_and_nothing_is_written(made: World) -> None:
    assert advice(made) == BEST
    with made.ledger.engine.connect() as connection:
        written = [connection.execute(select(func.count()).select_from(one)).scalar_one() for one in
                   (DECISIONS, CONTACTS, DOCUMENTS)]  # fmt: skip
    assert written == [0, 0, 0]


@pytest.mark.parametrize(
    "policy",
    [
        {"exploration": {"epsilon": 1.0, "floor": 0.0}},
        {"exploration": {"method": "thompson", "epsilon": 0.5, "floor": 0.1}},
        {"quiet_hours": ALL_DAY},
    ],
    ids=["epsilon", "thompson", "quiet hours"],
)
def test_exploration_and_quiet_hours_are_left_aside(made: World, policy: dict[str, object]) -> None:
    assert {advice(made, **policy) for _ in range(20)} == {BEST}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"arms": arms(holdout=1.0)}, Advice("holdout")),
        ({"arms": arms(random=1.0)}, Advice("random")),
        ({"contact_costs": {"email": 99.0, "sms": 99.0}}, Advice("policy")),
        ({"contact_costs": {"email": 99.0, "sms": 99.0}, "consent_default": "refused"}, Advice("policy")),
    ],
    ids=["held out", "at random", "nothing pays", "no consent"],
)
def test_whom_nothing_is_suggested_for(made: World, policy: dict[str, object], expected: Advice) -> None:
    assert advice(made, **policy) == expected


def test_caps_hold_as_in_a_decision(made: World) -> None:
    capped = {"caps": [{"scope": "any", "max_contacts": 1, "window_days": 7}]}
    assert advice(made, **capped) == BEST

    Decider(made.runtime()).decide(DecideRequest(customer_id="c1"))
    assert advice(made, **capped) == Advice("policy")


@pytest.mark.parametrize("away", ["features", "response"])
def test_where_the_answer_would_be_nothing_whatever_the_customer_it_is_not_known(made: World, away: str) -> None:
    if away == "features":
        made.features.away = True
    else:
        made.response = None
    assert advice(made).known is False


@pytest.mark.parametrize("customer_id", ["a\nb", "x" * 201])
def test_an_id_that_no_request_may_hold_is_not_known(made: World, customer_id: str) -> None:
    assert advice(made, customer_id) == Advice("policy", known=False)


@pytest.mark.parametrize("customer_id", ["<script>alert(1)</script>", "=cmd|' /c calc'!A0"])
def test_any_other_id_is_an_id(made: World, customer_id: str) -> None:
    made.features.rows[customer_id] = {"profile__plan": "gold"}
    assert advice(made, customer_id) == BEST


def test_a_calm_policy_is_else_the_same() -> None:
    policy = rules(exploration={"epsilon": 0.3, "floor": 0.1}, quiet_hours=ALL_DAY, version="7")
    changed = calm(policy)
    assert (changed.exploration.epsilon, changed.quiet_hours, changed.version) == (0.0, (), "7")
    assert changed.arms == policy.arms
