"""Decisions read whole, some at a time, each with the reward that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from configs.errors import DataError
from features.ledger import DECISIONS, OUTCOMES
from pipelines.export.logged import Logged
from pipelines.export.reading import AT_ONCE, Asked, Reward, logged
from serving.ledger import OutcomeEntry
from tests.pipelines.evaluation.decided import CUSTOMERS, DAYS, Served
from tests.pipelines.export.conftest import ASKED
from tests.serving.fakes import rules

OF_VALUE = replace(ASKED, kinds=("accepted", "converted"), reward="value")
TWO = {"policy": rules(), "item_count": 2}  # o1 by email and o2 by email, whatever is drawn


def report(company: Served, decision_id: str, *outcomes: tuple[str, str | None, float | None]) -> None:
    """Outcomes (kind, offer_id, value), one after the other."""
    for number, (kind, offer_id, value) in enumerate(outcomes, 1):
        at = DAYS[0] + timedelta(days=number)
        entry = OutcomeEntry(f"{decision_id}-{number}", "h", decision_id, "c", offer_id, kind, value, at, at)
        company.ledger.record_outcome(entry)


def test_a_decision_is_read_whole(decisions: list[Logged]) -> None:
    assert len(decisions) == 3 * CUSTOMERS
    assert decisions[0].decided_at == DAYS[0]
    for one in decisions:
        assert sum(one.probabilities) == pytest.approx(1.0)
        assert (one.reward is None) == (one.names[one.chosen] == "nothing")
        assert one.reward in (None, 0.0, 1.0)
        assert set(one.kinds.values()) <= {"gift", "discount"}
        offers = [affinities for affinities, name in zip(one.affinities, one.names, strict=True) if name != "nothing"]
        assert offers == [{"affinity__accepted": 2.0}] * len(offers)
    accepted = [one for one in decisions if one.reward == 1.0]
    assert accepted
    assert all(one.outcomes[0].kind == "accepted" for one in accepted)


def test_the_time_asked_for_ends_with_its_last_instant_and_begins_after_its_first(served: Served) -> None:
    within = replace(ASKED, after=DAYS[0], until=DAYS[0] + timedelta(seconds=3))
    assert [one.customer_id for one in logged(served.ledger.engine, within)] == ["c001", "c002", "c003"]


@pytest.mark.parametrize(
    ("outcomes", "reward", "expected"),
    [
        ([], "acceptance", 0.0),
        ([], "value", 0.0),
        ([("clicked", "o1", 3.0)], "value", 0.0),
        ([("accepted", "o2", 30.0)], "acceptance", 0.0),  # the second slot's
        ([("accepted", "o2", None)], "value", 0.0),
        ([("accepted", "o1", None)], "acceptance", 1.0),
        ([("accepted", None, 30.0)], "acceptance", 1.0),  # of no single offer: the first slot's
        ([("accepted", None, 30.0)], "value", 30.0),
        ([("accepted", "o1", None), ("converted", "o1", 30.0)], "value", 30.0),
        ([("accepted", "o1", 12.5), ("converted", "o1", -2.5), ("accepted", "o2", 7.0)], "value", 10.0),
    ],
)
def test_of_several_slots_the_first_has_the_reward(
    opened: Callable[[str], Served],
    outcomes: list[tuple[str, str | None, float | None]],
    reward: Reward,
    expected: float,
) -> None:
    company = opened("slots")
    decision_id = company.decide("c001", DAYS[0], **TWO)
    report(company, decision_id, *outcomes)
    [one] = logged(company.ledger.engine, replace(OF_VALUE, reward=reward))
    assert [one.names[place] for place in one.made] == ["o1 by email", "o2 by email"]
    assert [(came.kind, came.offer_id, came.value) for came in one.outcomes] == outcomes
    assert one.reward == expected


def test_an_acceptance_without_value_does_not_pass_for_one_of_nothing(opened: Callable[[str], Served]) -> None:
    company = opened("worthless")
    for number, outcome in enumerate([("accepted", "o1", 5.0), ("accepted", "o1", None), ("accepted", None, None)]):
        decision_id = company.decide(f"c00{number + 1}", DAYS[0], **TWO)
        report(company, decision_id, outcome)
    with pytest.raises(DataError, match=r"^2 of 3 accepted decisions have no value, d2 among them: report outcomes"):
        logged(company.ledger.engine, OF_VALUE)
    assert [one.reward for one in logged(company.ledger.engine, replace(OF_VALUE, reward="acceptance"))] == [1.0] * 3


def test_a_ledger_of_more_than_is_fetched_at_once_is_read_in_order(opened: Callable[[str], Served]) -> None:
    company = opened("many")
    report(company, company.decide("c001", DAYS[0], **TWO), ("accepted", "o1", 1.0))
    many = [f"d1-{number:05}" for number in range(2 * AT_ONCE)]
    with company.ledger.engine.begin() as connection:
        for table, key in ((DECISIONS, "decision_id"), (OUTCOMES, "outcome_id")):
            row = connection.execute(select(table)).mappings().one()
            connection.execute(insert(table), [{**row, key: one, "decision_id": one} for one in many])
    found = list(logged(company.ledger.engine, ASKED))
    assert [one.decision_id for one in found] == ["d1", *many]
    assert {len(one.outcomes) for one in found} == {1}


def test_a_ledger_without_decisions_has_nothing_to_export(opened: Callable[[str], Served]) -> None:
    with pytest.raises(DataError, match="the ledger holds no decision to export in this time"):
        logged(opened("nothing").ledger.engine, Asked(("accepted",), DAYS[0], DAYS[1]))
