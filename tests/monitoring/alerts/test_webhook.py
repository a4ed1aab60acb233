"""Telling a webhook, against real servers on this machine: what is sent, how often, how long, and what is shown."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import socket
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import pairwise
from time import monotonic

import httpx
import pytest
from tenacity import RetryCallState, Retrying, wait_fixed, wait_none

from configs.monitoring import Webhook
from monitoring.alerts.endpoint import Endpoint
from monitoring.alerts.webhook import BACKOFF, Delivery, headers_of, pause_of, send
from tests.monitoring.alerts.receiver import (
    Receiver,
    Script,
    answering,
    dripping,
    dripping_body,
    hanging,
    hanging_up,
    receiving,
)

BODY = b'{"ok":false,"headline":"1 thing needs action"}'
PATH = "/services/token-2?key=token-3"
SECRETS = ("user-0", "pass-1", "token-2", "token-3", "secret-5")
QUICK = Webhook(timeout_seconds=5, deadline_seconds=20)
SLACK_SECONDS = 2.0  # what a busy machine may add


def endpoint(receiver: Receiver) -> Endpoint:
    return Endpoint(receiver.url.replace("http://", "http://user-0:pass-1@") + PATH, "secret-5")


def tell(receiver: Receiver, settings: Webhook = QUICK) -> Delivery:
    return send(BODY, endpoint(receiver), settings, backoff=wait_none())


def masked(receiver: Receiver) -> str:
    return f"{receiver.url}/..."


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_message_is_taken(status: int) -> None:
    with receiving(answering(status)) as receiver:
        assert tell(receiver) == Delivery(masked(receiver), True, None, 1)
    (got,) = receiver.got
    assert (got.path, got.body) == (PATH, BODY)
    assert (got.headers["content-type"], got.headers["user-agent"]) == ("application/json", "tenure")


def test_the_signature_is_the_one_that_openssl_finds() -> None:
    with receiving(answering(200)) as receiver:
        tell(receiver)
    by_openssl = "f7642cae432eb1db42ba328033acef4ad273b9e8da895f61f7b997d0e363f0f9"
    assert receiver.got[0].headers["x-tenure-signature-256"] == f"sha256={by_openssl}"


def test_a_secret_may_be_any_bytes_of_the_environment() -> None:
    signed = headers_of(BODY, "\udcff")["X-Tenure-Signature-256"]
    assert signed == "sha256=" + hmac.new(b"\xff", BODY, hashlib.sha256).hexdigest()


def test_without_a_secret_nothing_is_signed() -> None:
    with receiving(answering(200)) as receiver:
        send(BODY, Endpoint(receiver.url), QUICK)
    assert "x-tenure-signature-256" not in receiver.got[0].headers


@pytest.mark.parametrize("first", [answering(500), answering(503), answering(429), hanging_up])
def test_what_may_pass_is_tried_again_with_the_same_key(first: Script) -> None:
    with receiving(first, first, answering(200)) as receiver:
        assert tell(receiver) == Delivery(masked(receiver), True, None, 3)
    assert len({(got.headers["idempotency-key"], got.body) for got in receiver.got}) == 1


def test_the_key_is_of_the_message() -> None:
    with receiving(answering(200)) as receiver:
        for body in (BODY, BODY, b"{}"):
            send(body, endpoint(receiver), QUICK)
    first, again, other = (got.headers["idempotency-key"] for got in receiver.got)
    assert (first == again, first == other) == (True, False)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (400, "answered 400 (1 try)"),
        (401, "answered 401 (1 try)"),
        (404, "answered 404 (1 try)"),
        (410, "answered 410 (1 try)"),
        (422, "answered 422 (1 try)"),
        (302, "answered 302, and redirects are not followed (1 try)"),
    ],
)
def test_a_refusal_is_not_tried_again(status: int, why: str) -> None:
    with receiving(answering(status, {"Location": "/token-2"})) as receiver:
        assert tell(receiver) == Delivery(masked(receiver), False, why, 1)
    assert len(receiver.got) == 1


def test_pauses_grow_and_differ() -> None:
    state = RetryCallState(Retrying(), None, (), {})
    for tries, least in enumerate((0.5, 1.0, 2.0, 4.0), start=1):
        state.attempt_number = tries
        drawn = [BACKOFF(state) for _ in range(50)]
        assert least <= min(drawn) < max(drawn) <= least + 0.5
    state.attempt_number = 20
    assert BACKOFF(state) == 8.0


def test_retry_after_is_kept() -> None:
    with receiving(answering(429, {"Retry-After": "1"}), answering(200)) as receiver:
        assert tell(receiver).sent
    first, again = (got.at for got in receiver.got)
    assert 1 <= again - first < 1 + SLACK_SECONDS


def test_who_asks_for_more_time_than_there_is_is_not_waited_for() -> None:
    began = monotonic()
    with receiving(answering(503, {"Retry-After": "3600"})) as receiver:
        assert tell(receiver).why == "answered 503 (1 try)"
    assert monotonic() - began < SLACK_SECONDS


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Mon, 06 Nov 2017 09:31:30 GMT", 90.0),
        ("Mon, 06 Nov 2017 09:31:30 -0000", 90.0),
        ("Mon, 06 Nov 2017 09:00:00 GMT", 0.0),
        ("", 0.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("soon", 0.0),
        ("Mon, 99 Nov 2017 09:31:30 GMT", 0.0),
        ("9" * 400, float("inf")),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float) -> None:
    assert pause_of(header, datetime(2017, 11, 6, 9, 30, tzinfo=UTC)) == seconds


@pytest.mark.parametrize("script", [hanging, dripping])
@pytest.mark.parametrize(("timeout_seconds", "tries"), [(10.0, {1}), (0.4, {2, 3})], ids=["one try", "several"])
def test_a_webhook_without_end_costs_its_deadline_at_most(
    script: Script, timeout_seconds: float, tries: set[int]
) -> None:
    settings = Webhook(timeout_seconds=timeout_seconds, deadline_seconds=1.2)
    began = monotonic()
    with receiving(script) as receiver:
        found = tell(receiver, settings)
        took = monotonic() - began
    assert 1.0 < took < 1.2 + SLACK_SECONDS
    assert (found.sent, found.tries in tries) == (False, True)
    assert str(found.why).startswith("no answer within ")


def test_an_answer_is_taken_by_its_head_however_slow_or_large_its_body() -> None:
    began = monotonic()
    with receiving(dripping_body) as receiver:
        assert tell(receiver).sent
    assert monotonic() - began < SLACK_SECONDS


def test_failures_for_ever_end_before_the_deadline() -> None:
    settings = Webhook(deadline_seconds=2)
    began = monotonic()
    with receiving(answering(500)) as receiver:
        found = send(BODY, endpoint(receiver), settings, backoff=wait_fixed(0.5))
        took = monotonic() - began
    assert 1.0 < took < 2.0 + SLACK_SECONDS
    assert 2 <= found.tries == len(receiver.got) <= 4
    assert found.why == f"answered 500 ({found.tries} tries)"
    assert min(b.at - a.at for a, b in pairwise(receiver.got)) >= 0.5


@pytest.fixture
def nobody() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://user-0:pass-1@127.0.0.1:{unused.getsockname()[1]}{PATH}"


def test_a_refused_connection_is_told(nobody: str) -> None:
    found = send(BODY, Endpoint(nobody), Webhook(deadline_seconds=2), backoff=wait_fixed(0.5))
    assert re.fullmatch(r"cannot connect: \[Errno \d+\] Connection refused \([234] tries\)", str(found.why))


def test_a_name_that_is_nobodys_is_told() -> None:
    found = send(BODY, Endpoint(f"http://nobody.invalid{PATH}"), Webhook(deadline_seconds=0.5), backoff=wait_fixed(9))
    assert (found.to, found.sent) == ("http://nobody.invalid/...", False)
    assert str(found.why).startswith(("cannot connect: ", "no answer within "))


def test_a_setting_of_the_machine_that_does_not_work_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://user-0:pass-1@proxy")
    found = send(BODY, Endpoint(f"http://hooks.example.com{PATH}"), QUICK)
    assert (found.sent, found.why) == (False, "cannot be asked: ValueError (1 try)")


@pytest.mark.parametrize(
    "script",
    [
        answering(200),
        answering(500),
        answering(302, {"Location": PATH}),
        answering(404, body=PATH.encode()),
        hanging,
        hanging_up,
    ],
    ids=["taken", "failed", "redirected", "refused", "hanging", "hanging up"],
)
def test_no_secret_is_told_or_logged(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving(script) as receiver:
        found = tell(receiver, Webhook(deadline_seconds=0.3))
    told = f"{found} {asdict(found)} {caplog.text}"
    assert [secret for secret in SECRETS if secret in told] == []
    assert "httpcore" in caplog.text  # the log is awake


def test_others_are_logged_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with receiving(hanging) as receiver, receiving(answering(200)) as other:
        tell(receiver, Webhook(deadline_seconds=0.1))
        httpx.post(f"{other.url}/open")
    assert [record.args[1] for record in caplog.records if record.name == "httpx"] == [f"{other.url}/open"]
