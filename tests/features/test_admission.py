from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.tables import RECORDS
from tests.features.companies import Cell, Company, at, company, customer, offer, sale

ANNA = customer("anna")
EXAMPLES: dict[str, dict[str, Cell]] = {  # a row of each table that fits
    "customers": ANNA,
    "transactions": sale("anna", 5),
    "interactions": {"customer_id": "anna", "occurred_at": at(5), "channel": "web", "kind": "visit"},
    "feedback": {"customer_id": "anna", "occurred_at": at(5), "kind": "nps", "score": 9, "sentiment": 0.5},
    "subscriptions": {"customer_id": "anna", "started_at": at(5), "ended_at": None, "price": 9.5, "plan": "basic"},
    "loyalty": {"customer_id": "anna", "occurred_at": at(5), "points_delta": 5, "tier": "gold"},
    "offers": offer("o1", capacity=5, cost=1, value=2),
    "treatments": {"customer_id": "anna", "occurred_at": at(5), "offer_id": "o1", "propensity": 0.5},
    "outcomes": {"customer_id": "anna", "occurred_at": at(5), "kind": "accepted", "offer_id": "o1", "value": 1},
    "consents": {"customer_id": "anna", "channel": "email", "granted": True, "changed_at": at(5)},
}


def _records(**more: list[dict[str, Cell]]) -> dict[str, list[dict[str, Cell]]]:
    """One row of every table, and then some."""
    return {table: [row, *more.get(table, [])] for table, row in EXAMPLES.items()}


def _quarantined(made: Company, table: str) -> list[dict[str, Cell]]:
    return pq.read_table(made.workspace.quarantine / f"{table}.parquet").to_pylist()


def _reasons(made: Company, table: str) -> list[Cell]:
    return [row["reason"] for row in _quarantined(made, table)]


def test_a_row_of_every_table_that_fits_is_kept(tmp_path: Path) -> None:
    found = company(tmp_path, _records()).ingest()
    assert {name: (summary.read, summary.kept) for name, summary in found.items()} == dict.fromkeys(EXAMPLES, (1, 1))


BROKEN = [
    ("customers", {"customer_id": None}, "customer_id: missing"),
    ("customers", {"customer_id": "  "}, "customer_id: missing"),
    ("customers", {"customer_id": "b", "signed_up_at": None}, "signed_up_at: missing"),
    (
        "customers",
        {"customer_id": "b", "signed_up_at": "2020-01-01"},
        "signed_up_at: time without a zone (set `timezone` in the mapping): 2020-01-01",
    ),
    ("customers", {"customer_id": "b", "signed_up_at": "soon"}, "signed_up_at: not a time: soon"),
    ("customers", {"customer_id": "b", "age": "old"}, "age: not a number: old"),
    ("transactions", {"amount": "ten"}, "amount: not a number: ten"),
    ("transactions", {"amount": "1,000.5"}, "amount: not a number: 1,000.5"),
    ("transactions", {"amount": "nan"}, "amount: not finite: nan"),
    ("transactions", {"amount": None}, "amount: missing"),
    ("transactions", {"amount": "a; b"}, "amount: not a number: a, b"),
    (
        "transactions",
        {"occurred_at": "2020-05-01 10:00:00"},
        "occurred_at: time without a zone (set `timezone` in the mapping): 2020-05-01 10:00:00",
    ),
    ("transactions", {"occurred_at": "2020-06-01T00:00:01Z"}, "occurred_at: in the future: 2020-06-01T00:00:01Z"),
    ("transactions", {"occurred_at": "1899-12-31T23:59:59Z"}, "occurred_at: before 1900: 1899-12-31T23:59:59Z"),
    ("transactions", {"customer_id": "zoe"}, "customer_id: orphan, not in customers: zoe"),
    (
        "interactions",
        {"channel": "fax"},
        "channel: not one of email, sms, push, app, web, phone, chat, social, store, mail: fax",
    ),
    ("interactions", {"kind": None}, "kind: missing"),
    ("feedback", {"sentiment": 1.5}, "sentiment: above 1: 1.5"),
    ("feedback", {"sentiment": -2}, "sentiment: below -1: -2"),
    ("subscriptions", {"price": -1}, "price: below 0: -1"),
    ("offers", {"offer_id": "o2", "capacity": 1.5}, "capacity: not a whole number: 1.5"),
    (
        "offers",
        {"offer_id": "o2", "channels": ["email", "fax"]},
        "channels: not one of email, sms, push, app, web, phone, chat, social, store, mail: [email, fax]",
    ),
    ("offers", {"offer_id": "o2", "channels": []}, "channels: missing"),
    ("treatments", {"propensity": 2}, "propensity: above 1: 2"),
    ("treatments", {"offer_id": "o9"}, "offer_id: orphan, not in offers: o9"),
    ("outcomes", {"offer_id": None}, "offer_id: missing, and so is decision_id"),
    (
        "outcomes",
        {"kind": "loved"},
        "kind: not one of viewed, opened, clicked, accepted, declined, converted, churned, renewed: loved",
    ),
    ("consents", {"granted": "perhaps"}, "granted: not true or false: perhaps"),
]


@pytest.mark.parametrize(("table", "change", "reason"), BROKEN, ids=[f"{t}-{r[:40]}" for t, _, r in BROKEN])
def test_a_row_that_breaks_the_contract_is_kept_apart_with_the_reason(
    tmp_path: Path, table: str, change: dict[str, Cell], reason: str
) -> None:
    made = company(tmp_path, _records(**{table: [EXAMPLES[table] | change]}))
    found = made.ingest()[table]
    assert _reasons(made, table) == [reason]
    assert (found.read, found.kept, found.quarantined, found.duplicates) == (2, 1, 1, 0)
    assert list(found.reasons.values()) == [1]
    assert reason.startswith(next(iter(found.reasons)))


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("subscriptions", {"ended_at": at(-30)}),  # may lie ahead
        ("offers", {"offer_id": "o2", "valid_to": "9999-12-31T00:00:00Z"}),
        ("offers", {"offer_id": "o2", "capacity": "3.0"}),
        ("offers", {"offer_id": "o2", "channels": ["email", " sms "]}),
        ("treatments", {"offer_id": "control"}),
        ("outcomes", {"offer_id": None, "decision_id": "d1"}),
        ("transactions", {"amount": " 12.5 "}),
        ("transactions", {"occurred_at": at(0)}),
        ("transactions", {"occurred_at": "2020-05-01T10:00:00+0200"}),
        ("consents", {"granted": "no"}),
    ],
)
def test_what_is_odd_but_fits_is_kept(tmp_path: Path, table: str, change: dict[str, Cell]) -> None:
    found = company(tmp_path, _records(**{table: [EXAMPLES[table] | change]})).ingest()[table]
    assert (found.kept, found.quarantined, found.reasons) == (2, 0, {})


def test_a_row_with_several_faults_names_them_all(tmp_path: Path) -> None:
    made = company(tmp_path, _records(transactions=[EXAMPLES["transactions"] | {"customer_id": "zoe", "amount": "x"}]))
    made.ingest()
    assert _reasons(made, "transactions") == ["amount: not a number: x; customer_id: orphan, not in customers: zoe"]


def test_json_of_mixed_types_is_read_as_text(tmp_path: Path) -> None:
    made = company(tmp_path, {"customers": [], "transactions": []})
    (made.folder / "customers.json").write_text(json.dumps([ANNA, ANNA | {"customer_id": 7}]))
    rows = [sale("anna", 3, 5), EXAMPLES["transactions"] | {"customer_id": 7, "amount": "ten"}]
    (made.folder / "transactions.json").write_text(json.dumps(rows))
    found = made.ingest()
    assert (found["customers"].kept, found["transactions"].kept) == (2, 1)
    assert _reasons(made, "transactions") == ["amount: not a number: ten"]


def test_rows_of_one_key_that_differ_are_all_kept_apart_and_their_rows_are_orphans(tmp_path: Path) -> None:
    twins = [customer("ben", age=30), customer("ben", age=31)]
    made = company(tmp_path, {"customers": [ANNA, *twins], "transactions": [sale("anna", 3), sale("ben", 3)]})
    found = made.ingest()
    assert _reasons(made, "customers") == ["customer_id: duplicate key with different values: ben"] * 2
    assert _reasons(made, "transactions") == ["customer_id: orphan, not in customers: ben"]
    assert found["customers"].reasons == {"customer_id: duplicate key with different values": 2}


def test_exact_duplicates_are_counted_and_kept_once(tmp_path: Path) -> None:
    made = company(tmp_path, {"customers": [ANNA, ANNA], "transactions": [sale("anna", 3)] * 3 + [sale("anna", 4)]})
    found = made.ingest()
    assert (found["customers"].kept, found["customers"].duplicates) == (1, 1)
    assert (found["transactions"].read, found["transactions"].kept, found["transactions"].duplicates) == (4, 2, 2)


def test_the_quarantine_holds_rows_as_they_were_read(tmp_path: Path) -> None:
    made = company(tmp_path, {"customers": [ANNA], "transactions": [sale("anna", 3), sale("anna", 2, "ten")]})  # type: ignore[arg-type]
    made.ingest()
    [row] = _quarantined(made, "transactions")
    assert (row["amount"], row["source_row"]) == ("ten", 1)


def test_what_was_kept_has_the_contracts_types_in_utc(tmp_path: Path) -> None:
    made = company(
        tmp_path,
        {
            "customers": [ANNA],
            "transactions": [sale("anna", 3, 5, categories=["a", "b"], occurred_at="2020-05-01T02:00:00+02:00")],
        },
    )
    made.ingest()
    [row] = pq.read_table(made.workspace.tables / "transactions" / RECORDS).to_pylist()
    assert (row["amount"], row["categories"], row["margin"]) == (5.0, ["a", "b"], None)
    assert row["occurred_at"].isoformat() == "2020-05-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("timezone", "kept"),
    [("UTC", "2020-05-01T10:00:00+00:00"), ("Europe/Vienna", "2020-05-01T08:00:00+00:00")],
)
def test_the_mappings_zone_is_that_of_times_without_one(tmp_path: Path, timezone: str, kept: str) -> None:
    made = company(
        tmp_path,
        {"customers": [ANNA], "transactions": [sale("anna", 3, occurred_at="2020-05-01T10:00:00")]},
        timezone=timezone,
    )
    made.ingest()
    [row] = pq.read_table(made.workspace.tables / "transactions" / RECORDS).to_pylist()
    assert row["occurred_at"].isoformat() == kept
