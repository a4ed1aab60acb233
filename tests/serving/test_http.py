"""Whatever comes in, the answer is JSON of one shape; bad input never reaches a handler."""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from time import perf_counter

import pytest
from starlette.testclient import TestClient

from serving import database
from serving.app import create_app
from tests.serving.fakes import FakeModel, World
from tests.serving.turns import turn_held

JSON = {"content-type": "application/json"}
OUTCOME = {"outcome_id": "x", "decision_id": "d1", "kind": "accepted", "occurred_at": "2017-12-01T00:00:00Z"}
EVENT = {"event_id": "e", "table": "transactions", "row": {"customer_id": "c1"}}


def problem(response: object) -> tuple[int, str, str, list[str]]:
    answer = response.json()  # type: ignore[attr-defined]
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message", "details"}
    status: int = response.status_code  # type: ignore[attr-defined]
    return status, answer["error"]["code"], answer["error"]["message"], answer["error"]["details"]


@pytest.mark.parametrize(
    ("path", "body", "details"),
    [
        ("decide", {}, ["customer_id: Field required"]),
        ("decide", {"customer_id": 7}, ["customer_id: Input should be a valid string"]),
        ("decide", {"customer_id": ""}, ["customer_id: String should have at least 1 character"]),
        ("decide", {"customer_id": "a\nb"}, ["customer_id: String should match pattern '^[^\\x00-\\x1f\\x7f]+$'"]),
        ("decide", {"customer_id": "c", "id": 1}, ["id: Extra inputs are not permitted"]),
        ("decide", {"customer_id": "c", "item_count": 0}, ["item_count: Input should be greater than or equal to 1"]),
        ("decide", {"customer_id": "c", "item_count": "2"}, ["item_count: Input should be a valid integer"]),
        ("decide", {"customer_id": "c", "item_count": True}, ["item_count: Input should be a valid integer"]),
        (
            "decide",
            {"customer_id": "c", "context": {"cart": [1]}},
            [
                "context.cart: Input should be a valid boolean, or: Input should be a valid number, "
                "or: Input should be a valid string"
            ],
        ),
        ("decide", {"customer_id": "c", "explain": "yes"}, ["explain: Input should be 'none', 'reasons' or 'full'"]),
        (
            "decide",
            {"item_count": 11, "x": 1},
            [
                "customer_id: Field required",
                "item_count: Input should be less than or equal to 10",
                "x: Extra inputs are not permitted",
            ],
        ),
        ("score", {}, ["body: give either customer_ids or attributes"]),
        ("score", {"customer_ids": ["a"], "attributes": {"a": 1}}, ["body: give either customer_ids or attributes"]),
        ("score", {"customer_ids": []}, ["customer_ids: List should have at least 1 item after validation, not 0"]),
        ("score", {"customer_ids": ["a", None]}, ["customer_ids.1: Input should be a valid string"]),
        ("score", {"customer_ids": "a"}, ["customer_ids: Input should be a valid array"]),
        ("score", [], ["body: Input should be an object"]),
        (
            "outcomes",
            {**OUTCOME, "occurred_at": "2017-12-01T00:00:00"},
            ["occurred_at: Input should have timezone info"],
        ),
        ("outcomes", {**OUTCOME, "occurred_at": 1512086400}, ["occurred_at: Input should be a valid datetime"]),
        (
            "outcomes",
            {**OUTCOME, "occurred_at": "1899-12-31T00:00:00Z"},
            ["occurred_at: must not be before 1900-01-01"],
        ),
        ("outcomes", {**OUTCOME, "value": "12"}, ["value: Input should be a valid number"]),
        ("events", {**EVENT, "row": {}}, ["row: Dictionary should have at least 1 item after validation, not 0"]),
    ],
)
def test_each_breach_of_a_schema_is_named(client: TestClient, path: str, body: object, details: list[str]) -> None:
    status, code, message, found = problem(client.post(f"/v1/{path}", json=body))
    assert (status, code, found) == (422, "invalid_request", details)
    assert message == f"the request has {len(details)} problem{'s' * (len(details) > 1)}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "EOF while parsing a value at line 1 column 0"),
        (b"{'customer_id': 1}", "key must be a string at line 1 column 2"),
        (b'{"customer_id": "c"', "EOF while parsing an object at line 1 column 19"),
        (b'{"customer_id": "\xff"}', "invalid unicode code point at line 1 column 18"),
        (b'{"customer_id": "\\ud800"}', "unexpected end of hex escape at line 1 column 24"),
        (b'{"context": ' + b"[" * 5000, "recursion limit exceeded at line 1 column"),
    ],
)
def test_malformed_json_is_400_with_its_place(client: TestClient, content: bytes, message: str) -> None:
    status, code, found, _ = problem(client.post("/v1/decide", content=content, headers=JSON))
    assert (status, code) == (400, "malformed_json")
    assert message in found


@pytest.mark.parametrize("number", ["1e999", "NaN", "-Infinity", "9" * 400])
def test_a_number_that_no_float_holds_is_refused(client: TestClient, number: str) -> None:
    content = f'{{"customer_id": "c", "context": {{"x": {number}}}}}'
    status, _, _, [detail] = problem(client.post("/v1/decide", content=content, headers=JSON))
    assert status == 422
    assert "context.x:" in detail
    assert "should be a finite number" in detail


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_of_10_mb_is_refused_quickly(client: TestClient, declared: bool) -> None:
    body = b'{"customer_id": "' + b"x" * 10_000_000 + b'"}'
    started = perf_counter()
    chunks = (body[at : at + 65536] for at in range(0, len(body), 65536))
    status, code, message, _ = problem(client.post("/v1/decide", content=body if declared else chunks, headers=JSON))
    assert (status, code) == (413, "too_large")
    assert "1000000" in message
    assert perf_counter() - started < 1


@pytest.mark.parametrize("count", [1001, 100_000])
def test_too_many_customers_in_one_call_are_refused(client: TestClient, count: int) -> None:
    response = client.post("/v1/score", json={"customer_ids": [str(number) for number in range(count)]})
    status, code, _, details = problem(response)
    assert (status, code) == (413, "too_large")
    assert details == [f"customer_ids: List should have at most 1000 items after validation, not {count}"]


def test_the_list_of_problems_is_bounded(client: TestClient) -> None:
    _, _, message, details = problem(client.post("/v1/score", json={"customer_ids": [0] * 500}))
    assert message == "the request has 500 problems"
    assert (len(details), details[-1]) == (21, "and 480 more")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/vnd.bentoml+pickle", ""]
)
def test_only_json_is_taken(client: TestClient, media_type: str) -> None:
    response = client.post("/v1/decide", content=b'{"customer_id": "c"}', headers={"content-type": media_type})
    status, code, message, _ = problem(response)
    assert (status, code) == (415, "unsupported_media_type")
    assert message.endswith("application/json is allowed")


def test_a_charset_beside_the_media_type_is_taken(client: TestClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert client.post("/v1/decide", content=b'{"customer_id": "c1"}', headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/decide", "POST"), ("DELETE", "/v1/score", "POST"), ("POST", "/v1/decisions/d1", "GET")],
)
def test_a_wrong_method_names_the_right_one(client: TestClient, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    status, code, message, _ = problem(response)
    assert (status, code) == (405, "method_not_allowed")
    assert message == f"{method} {path}: Method Not Allowed; allowed: {allowed}"
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/v2/decide", "/v1/decide/", "/v1", "/static_content/../../secret", "/v1/decisions/"])
def test_an_unknown_path_is_404(client: TestClient, path: str) -> None:
    assert problem(client.get(path, follow_redirects=False))[:2] == (404, "not_found")


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_an_idempotency_key_has_1_to_200_characters(client: TestClient, key: str) -> None:
    status, code, _, [detail] = problem(
        client.post("/v1/decide", json={"customer_id": "c1"}, headers={"Idempotency-Key": key})
    )
    assert (status, code) == (422, "invalid_request")
    assert detail.startswith("header.idempotency-key: String should have at")


def test_what_was_given_is_not_repeated(client: TestClient) -> None:
    answer = client.post("/v1/decide", json={"customer_id": "c", "item_count": "anna@example.com"}).text
    assert "anna" not in answer


def test_a_ledger_that_cannot_be_written_is_503_and_no_decision(
    world: World, client: TestClient, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        response = client.post("/v1/decide", json={"customer_id": "c1"})
    status, code, message, _ = problem(response)
    assert (status, code, message) == (503, "store_unavailable", "the ledger cannot be written: database is locked")
    assert response.headers["retry-after"] == "1"
    assert problem(client.get("/v1/decisions/d1"))[0] == 404


def test_a_decision_whose_turn_does_not_come_is_refused_and_may_be_asked_for_again(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TURN_SECONDS", 0.2)
    ask = {"json": {"customer_id": "c1"}, "headers": {"Idempotency-Key": "k"}}
    with turn_held(tmp_path / "ledger.db"):
        refused = client.post("/v1/decide", **ask)
        assert client.get("/v1/decisions/d1").status_code == 404
    said = "the ledger cannot be written: other processes have been writing to it for 0.2 s"
    assert problem(refused) == (503, "store_unavailable", said, [])
    assert refused.headers["retry-after"] == "1"
    assert client.post("/v1/decide", **ask).status_code == 200


def test_a_bug_is_500_whose_log_names_the_place_and_no_person(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.response = FakeModel("tenure-response", 0.5, reads="profile__plan")  # text where a number belongs
    world.features.rows["anna@example.com"] = {"profile__plan": "anna's own plan"}
    with (
        caplog.at_level(logging.ERROR),
        TestClient(create_app(world.runtime()), raise_server_exceptions=False) as client,
    ):
        response = client.post("/v1/decide", json={"customer_id": "anna@example.com"})
    assert problem(response) == (500, "internal", "an unexpected error; the service's log names the place", [])
    assert caplog.messages[0].startswith("unexpected ValueError at ")
    assert "anna" not in json.dumps(caplog.messages)
