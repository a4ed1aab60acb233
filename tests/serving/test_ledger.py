"""The ledger: what is written, what is refused, and what it says when it cannot answer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from configs.errors import Conflict, NotFound, StoreUnavailable
from features.ledger import to_text
from serving.entries import ContactEntry, DecisionEntry, EventEntry, Hold, OutcomeEntry, Shown, UnmatchedEntry
from serving.holds import BudgetSpent
from serving.ledger import Ledger, open_ledger

AT = datetime(2017, 11, 6, 5, 0, 0, 250_000, tzinfo=UTC)
RESPONSE = json.dumps({"decision_id": "d1", "offers": [{"offer_id": "o1", "channel": "email"}]})
DECISION = DecisionEntry(
    decision_id="d1",
    idempotency_key="k1",
    body_hash="h1",
    customer_id="c1",
    decided_at=AT,
    arm="policy",
    policy_version="1",
    policy_hash="p",
    catalogue_hash="c",
    prices_version="",
    models="[]",
    p_churn=0.25,
    value_at_stake=None,
    offer_id="o1",
    channel="email",
    selection_probability=0.9,
    features="{}",
    features_hash="f",
    degraded="[]",
    trace="{}",
    request="{}",
    response=RESPONSE,
)
OUTCOME = OutcomeEntry("x1", "h1", "d1", "c1", "o1", "accepted", 12.5, AT + timedelta(days=40), AT)
EVENT = EventEntry("e1", "h1", "transactions", "c1", '{"amount": 3.0}', AT, AT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Ledger:
    return Ledger(open_ledger(f"sqlite:///{path}"))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_decision_reads_back_as_it_was_written(ledger: Ledger, path: Path) -> None:
    assert ledger.record_decision(DECISION) == RESPONSE
    found = ledger.find_decision("d1")
    assert (found.customer_id, found.response) == ("c1", RESPONSE)
    with closing(sqlite3.connect(path)) as reader:
        row = reader.execute(
            "SELECT decided_at, p_churn, value_at_stake, selection_probability FROM decisions"
        ).fetchone()
    assert row == ("2017-11-06T05:00:00.250000+00:00", 0.25, None, 0.9)


def test_every_commit_is_synced_to_disk(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        settings = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]  # 2 is FULL


def test_decisions_without_a_key_never_meet(ledger: Ledger) -> None:
    for number in range(3):
        ledger.record_decision(replace(DECISION, decision_id=f"d{number}", idempotency_key=None))
    assert [ledger.find_decision(f"d{number}").customer_id for number in range(3)] == ["c1", "c1", "c1"]


def test_the_first_of_two_writers_with_one_key_is_in_force(ledger: Ledger) -> None:
    ledger.record_decision(DECISION)
    assert ledger.record_decision(replace(DECISION, decision_id="d2", response="another")) == RESPONSE
    with pytest.raises(NotFound, match="no decision 'd2'"):
        ledger.find_decision("d2")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (replace(DECISION, decision_id="d2", body_hash="h2"), "Idempotency-Key was used with another body"),
        (replace(DECISION, idempotency_key="k2"), "d1 is already in the ledger"),
        (replace(DECISION, idempotency_key=None), "d1 is already in the ledger"),
    ],
)
def test_what_meets_an_earlier_decision_conflicts(ledger: Ledger, entry: DecisionEntry, message: str) -> None:
    ledger.record_decision(DECISION)
    with pytest.raises(Conflict, match=message):
        ledger.record_decision(entry)


def test_a_key_finds_its_response_and_only_with_its_body(ledger: Ledger) -> None:
    ledger.record_decision(DECISION)
    assert ledger.find_by_key("k1", "h1") == RESPONSE
    assert ledger.find_by_key("k2", "h1") is None
    with pytest.raises(Conflict, match="another body"):
        ledger.find_by_key("k1", "h2")


def contact(decision_id: str, offer_id: str, channel: str, at: datetime = AT, customer: str = "c1") -> ContactEntry:
    return ContactEntry(decision_id, offer_id, channel, customer, at)


@pytest.mark.parametrize(
    ("customer", "since", "expected"),
    [
        ("c1", AT, [Shown("o1", "email", AT), Shown("o3", "web", AT), Shown("o2", "sms", AT + timedelta(hours=1))]),
        ("c1", AT + timedelta(microseconds=1), [Shown("o2", "sms", AT + timedelta(hours=1))]),
        ("c1", AT + timedelta(days=1), []),
        ("c2", AT, []),
    ],
)
def test_contacts_are_the_offers_decided_since(
    ledger: Ledger, customer: str, since: datetime, expected: list[Shown]
) -> None:
    later = replace(DECISION, idempotency_key=None, decided_at=AT + timedelta(hours=1))
    ledger.record_decision(replace(later, decision_id="d2"), [contact("d2", "o2", "sms", later.decided_at)])
    ledger.record_decision(replace(later, decision_id="d3", offer_id=None))
    ledger.record_decision(DECISION, [contact("d1", "o1", "email"), contact("d1", "o3", "web")])
    assert ledger.recent_contacts(customer, since) == expected
    assert ledger.contacts_of("d1") == [contact("d1", "o1", "email"), contact("d1", "o3", "web")]


@pytest.mark.parametrize(("offer_id", "expected"), [("o1", ["o1"]), ("o2", ["o2"]), (None, ["o1", "o2"])])
def test_refusals_are_of_the_offer_declined_or_of_all(
    ledger: Ledger, offer_id: str | None, expected: list[str]
) -> None:
    ledger.record_decision(DECISION, [contact("d1", "o1", "email"), contact("d1", "o2", "sms")])
    declined = replace(OUTCOME, kind="declined", offer_id=offer_id, occurred_at=AT + timedelta(days=1))
    ledger.record_outcome(declined)
    ledger.record_outcome(replace(OUTCOME, outcome_id="x2", occurred_at=AT + timedelta(days=2)))
    found = ledger.recent_refusals("c1", AT)
    assert [(shown.offer_id, shown.at) for shown in found] == [(name, declined.occurred_at) for name in expected]
    assert ledger.recent_refusals("c1", AT + timedelta(days=1, seconds=1)) == []


def test_a_decision_its_contacts_and_its_holds_are_written_together_or_not_at_all(ledger: Ledger) -> None:
    hold = Hold("money", AT, 60, 100)
    ledger.record_decision(DECISION, [contact("d1", "o1", "email")], [hold])
    second = replace(DECISION, decision_id="d2", idempotency_key="k2")
    with pytest.raises(BudgetSpent, match="budget 'money' is spent"):
        ledger.record_decision(second, [contact("d2", "o1", "email")], [Hold("units", AT, 1, 5), hold])
    with pytest.raises(NotFound):
        ledger.find_decision("d2")
    assert ledger.contacts_of("d2") == []
    with ledger.engine.connect() as connection:
        rows = connection.execute(text("SELECT budget, period, used FROM budget_use")).all()
    assert [tuple(row) for row in rows] == [("money", to_text(AT), 60)]


def test_an_unmatched_outcome_is_kept_once(ledger: Ledger) -> None:
    aside = UnmatchedEntry("x1", "h1", "d9", None, "accepted", 1.0, AT, AT, "there is no decision 'd9'")
    assert [ledger.record_unmatched(aside), ledger.record_unmatched(aside)] == [True, False]
    with pytest.raises(Conflict, match="outcome_id 'x1' was used with another body"):
        ledger.record_unmatched(replace(aside, body_hash="h2"))


def test_a_ledger_of_an_earlier_tenure_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE decisions (decision_id TEXT PRIMARY KEY)")
    with pytest.raises(StoreUnavailable, match="written by an earlier Tenure: decisions lacks arm, body_hash"):
        open_ledger(f"sqlite:///{path}")


def test_an_outcome_is_kept_once_and_reads_back_equal(ledger: Ledger) -> None:
    earlier = replace(OUTCOME, outcome_id="x0", occurred_at=AT, value=None)
    assert [ledger.record_outcome(entry) for entry in (OUTCOME, OUTCOME, earlier)] == [True, False, True]
    assert ledger.outcomes_of("d1") == [earlier, OUTCOME]
    assert ledger.outcomes_of("d2") == []


def test_an_event_is_kept_once(ledger: Ledger) -> None:
    assert [ledger.record_event(EVENT), ledger.record_event(EVENT)] == [True, False]


def test_an_id_with_another_body_conflicts(ledger: Ledger) -> None:
    ledger.record_outcome(OUTCOME)
    ledger.record_event(EVENT)
    with pytest.raises(Conflict, match="outcome_id 'x1' was used with another body"):
        ledger.record_outcome(replace(OUTCOME, body_hash="h2"))
    with pytest.raises(Conflict, match="event_id 'e1' was used with another body"):
        ledger.record_event(replace(EVENT, body_hash="h2"))


def test_a_locked_ledger_says_so_and_recovers(ledger: Ledger, path: Path) -> None:
    with locked(path):
        for write in (lambda: ledger.record_decision(DECISION), ledger.check):
            with pytest.raises(StoreUnavailable, match="cannot be written: database is locked"):
                write()
    ledger.check()
    assert ledger.record_decision(DECISION) == RESPONSE


def test_a_check_leaves_the_ledger_as_it_was(ledger: Ledger) -> None:
    ledger.record_decision(DECISION)
    ledger.check()
    assert ledger.find_decision("d1").response == RESPONSE


@pytest.mark.parametrize("content", [b"this is not a database, whatever its name says" * 50])
def test_a_damaged_ledger_is_not_opened(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="cannot be opened: file is not a database"):
        open_ledger(f"sqlite:///{path}")


def test_a_ledger_in_a_missing_directory_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"the ledger cannot be opened: .*No such file or directory"):
        open_ledger(f"sqlite:///{tmp_path / 'missing' / 'ledger.db'}")


def test_an_error_quotes_no_value(ledger: Ledger, path: Path) -> None:
    with locked(path), pytest.raises(StoreUnavailable) as raised:
        ledger.record_decision(replace(DECISION, customer_id="anna@example.com"))
    assert "anna" not in str(raised.value) + str(raised.value.__cause__)
