"""Once round the loop through real processes: records in, decisions out over HTTP, outcomes home, the report written.

The tests run in the order written, on one workspace.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pandas as pd
import pytest

from tests.e2e import company
from tests.e2e.processes import House, Ran, Server

CUSTOMER = "c007"
LOOPBACK = {"127.0.0.1", "::1", "localhost", "0.0.0.0", ""}  # noqa: S104 a server's own address
DECIDE = {"json": {"customer_id": CUSTOMER, "explain": "reasons"}, "headers": {"Idempotency-Key": "first"}}
MOST_REQUESTS = 20_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("loop")
    return House(folder / "workspace", folder / "connections.txt")


@pytest.fixture(scope="module")
def ran(house: House) -> dict[str, Ran]:
    """Each command from ingest to promote, and a second training whose model waits as challenger."""
    mapping = company.write(house.workspace.parent)
    commands = {
        "ingest": ("ingest", str(mapping)),
        "features": ("features",),
        "train": ("train", "--trials", "1"),
        "promote": ("promote",),
        "again": ("train", "churn", "--trials", "1"),
    }
    return {name: house.tenure(*words, "--json") for name, words in commands.items()}


@pytest.fixture(scope="module")
def server(house: House, ran: dict[str, Ran], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with house.serving(tmp_path_factory.mktemp("log") / "serve.log") as server:
        yield server


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def first(http: httpx.Client) -> httpx.Response:
    return http.post("/v1/decide", **DECIDE)


def test_every_command_ends_well_and_prints_one_document(ran: dict[str, Ran]) -> None:
    assert {name: (one.code, one.err) for name, one in ran.items()} == dict.fromkeys(ran, (0, ""))
    assert {name: next(iter(one.document)) for name, one in ran.items()} == {
        "ingest": "dataset", "features": "as_of", "train": "models", "promote": "models", "again": "models",
    }  # fmt: skip


def test_no_row_is_lost_on_the_way_in(ran: dict[str, Ran]) -> None:
    tables = ran["ingest"].document["tables"]
    assert {table["table"] for table in tables} == {
        "customers", "transactions", "offers", "treatments", "outcomes", "consents",
    }  # fmt: skip
    assert [one for one in tables if one["read"] != one["kept"] + one["quarantined"] + one["duplicates"]] == []
    assert sum(table["quarantined"] for table in tables) == 0


def test_all_three_models_are_learned_and_promoted(ran: dict[str, Ran]) -> None:
    trained = {one["model"]: one["version"] for one in ran["train"].document["models"]}
    assert trained["churn"]["metrics"]["auc"] > 0.6
    assert trained["response"]["metrics"]["auc"] > 0.6  # premium customers accept three times as often
    assert trained["value"]["metrics"]["r2"] > 0.1
    promoted = ran["promote"].document["models"]
    assert [(one["model"], one["before"], one["champion"]) for one in promoted] == [
        ("churn", None, "1"), ("value", None, "1"), ("response", None, "1"),
    ]  # fmt: skip
    assert ran["again"].document["models"][0]["version"]["version"] == "2"


def test_a_customer_is_scored(http: httpx.Client) -> None:
    [known, unknown] = http.post("/v1/score", json={"customer_ids": [CUSTOMER, "nobody"]}).json()["scores"]
    assert 0 < known["p_churn"] < 1
    assert (known["known"], known["cold_start"], known["model"]) == (
        True,
        False,
        {"name": "tenure-churn", "version": "1"},
    )
    assert (unknown["known"], unknown["cold_start"]) == (False, True)
    assert unknown["evidence"] == "none"


def test_the_same_key_gives_the_same_decision(http: httpx.Client, first: httpx.Response) -> None:
    again = http.post("/v1/decide", **DECIDE)
    assert (first.status_code, again.content) == (200, first.content)
    other = http.post("/v1/decide", json={"customer_id": "c008"}, headers=DECIDE["headers"])
    assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")


def test_an_outcome_comes_home(http: httpx.Client, first: httpx.Response) -> None:
    decision = first.json()
    outcome = {
        "outcome_id": "outcome-1",
        "decision_id": decision["decision_id"],
        "offer_id": decision["offers"][0]["offer_id"],
        "kind": "clicked",
        "occurred_at": "2024-01-02T00:00:00Z",
    }
    assert [http.post("/v1/outcomes", json=outcome).json()["status"] for _ in range(2)] == ["recorded", "repeated"]
    found = http.get(f"/v1/decisions/{decision['decision_id']}").json()
    assert (found["decision"], [one["kind"] for one in found["outcomes"]]) == (decision, ["clicked"])


def test_an_unknown_customer_and_an_unknown_decision_are_said_to_be(http: httpx.Client) -> None:
    cold = http.post("/v1/decide", json={"customer_id": "nobody"}).json()
    assert (cold["cold_start"], cold["customer_id"]) == (True, "nobody")
    missing = http.get("/v1/decisions/none")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")


def test_a_purchase_changes_the_next_score(http: httpx.Client, house: House) -> None:
    purchases = pd.read_csv(house.workspace.parent / "purchases.csv", parse_dates=["occurred_at"])
    last = purchases.groupby("customer_id").occurred_at.max()
    silent = last[last < company.END - pd.Timedelta(days=30)].idxmax()  # still within the window of activity
    row = {"customer_id": silent, "occurred_at": "2023-12-31T12:00:00Z", "amount": 20.0}
    before = _score(http, silent)
    receipt = http.post("/v1/events", json={"event_id": "event-1", "table": "transactions", "row": row}).json()
    assert receipt == {"id": "event-1", "status": "recorded", "degraded": [], "reason": None}
    after = _score(http, silent)
    assert after["p_churn"] < before["p_churn"]
    assert after["features"]["hash"] != before["features"]["hash"]


def test_a_refusal_reaches_the_next_decision(http: httpx.Client) -> None:
    for channel in ("email", "sms"):
        row = {"customer_id": "c009", "channel": channel, "granted": False, "changed_at": "2023-12-31T12:00:00Z"}
        assert http.post("/v1/events", json={"event_id": f"no-{channel}", "table": "consents", "row": row}).is_success
    decision = http.post("/v1/decide", json={"customer_id": "c009"}).json()
    assert [offer["offer_id"] for offer in decision["offers"]] == [None]
    assert {(one["offer_id"], one["stage"]) for one in decision["filtered"]} == {
        (offer[0], "consent") for offer in company.OFFERS
    }


def test_a_new_champion_is_swapped_in_with_no_failed_request(http: httpx.Client, house: House) -> None:
    assert _score(http, CUSTOMER)["model"]["version"] == "1"
    promoting = house.start("promote", "churn", "--json")
    asked = {
        "/v1/score": lambda: http.post("/v1/score", json={"customer_ids": [CUSTOMER]}),
        "/v1/decide": lambda: http.post("/v1/decide", json={"customer_id": CUSTOMER}),
    }
    failed, seen = _until_version(http, "2", asked)
    out, err = promoting.communicate(timeout=60)
    assert (promoting.returncode, err, failed) == (0, "", []), out
    assert seen == ["1", "2"]


def test_what_was_acknowledged_survives_kill_9(
    house: House, server: Server, first: httpx.Response, tmp_path: Path
) -> None:
    server.kill()
    with house.serving(tmp_path / "serve.log") as other, httpx.Client(base_url=other.url, timeout=10) as http:
        decision = http.get(f"/v1/decisions/{first.json()['decision_id']}").json()
        assert (decision["decision"], len(decision["outcomes"])) == (first.json(), 1)
        assert http.post("/v1/decide", **DECIDE).content == first.content  # made by a model that is champion no more
        assert _score(http, CUSTOMER)["model"]["version"] == "2"


def test_the_report_is_written(house: House) -> None:
    report = house.tenure("monitor", "--json")
    assert report.code in (0, 1), report.err
    assert report.document["ok"] == (report.code == 0)
    page = Path(str(report.document["html"])).read_text()
    assert "small_company" in page
    assert Path(str(report.document["json"])).exists()


def test_no_process_spoke_to_anything_but_this_machine(house: House, server: Server) -> None:
    port = server.url.rpartition(":")[2]
    canary = f"import socket; socket.socket().connect_ex(('127.0.0.1', {port}))"
    subprocess.run([sys.executable, "-c", canary], env=house.environment(), check=True)
    noted = house.noted()
    assert ("socket.connect", "'127.0.0.1'") in {entry[:2] for entry in noted}  # the watch is awake
    assert {word for _, _, command in noted for word in command.split()} >= {"ingest", "train", "bentoml", "monitor"}
    assert [entry for entry in noted if not _stays(entry[1])] == []


def _stays(target: str) -> bool:
    host = target.strip("'\"").removeprefix("b'")
    return host in LOOPBACK | {"None"} or host.startswith(("/", "127.", "\\x00"))


def _score(http: httpx.Client, customer: str) -> dict[str, object]:
    [score] = http.post("/v1/score", json={"customer_ids": [customer]}).json()["scores"]
    return score


def _until_version(
    http: httpx.Client, version: str, asked: dict[str, Callable[[], httpx.Response]]
) -> tuple[list[str], list[str]]:
    """Ask by turns until a score comes from `version`: the requests that failed, and the versions seen, in order."""
    failed: list[str] = []
    seen: list[str] = []
    for _ in range(MOST_REQUESTS):
        for path, ask in asked.items():
            answer = ask()
            if not answer.is_success:
                failed.append(f"{path}: {answer.text}")
            elif path == "/v1/score" and (held := answer.json()["scores"][0]["model"]["version"]) not in seen:
                seen.append(held)
        if version in seen:
            break
    return failed, seen
