"""What of a run is worth a message, and where its links lead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from configs.errors import ConfigError
from configs.loading import parse
from configs.monitoring import Monitoring, Webhook
from monitoring.alerts.alert import message, places, schema
from monitoring.facts import Facts
from monitoring.verdict import Verdict, conclude
from tests.monitoring.alerts.conftest import DEGRADED, SHIFTED

SITE = places(Path("report"), "https://reports.example.com/shop/")


def test_the_whole_message(facts: Facts, acting: Verdict) -> None:
    sent = message(facts, acting, SITE, when="act")
    assert sent is not None
    assert json.loads(sent.to_json()) == {
        "ok": False,
        "headline": "1 thing needs action; 1 thing to watch; 1 check waiting for data",
        "dataset": "shop",
        "window_end": "2017-11-06T09:30:00Z",
        "report": "https://reports.example.com/shop/index.html",
        "findings": [
            {
                "level": "act",
                "what": "The risks have shifted.",
                "size": "18% now, 12% before",
                "do": "Find out why.",
                "page": "https://reports.example.com/shop/drift.html#columns",
            },
            {
                "level": "watch",
                "what": "Some decisions were degraded.",
                "size": "0.4% of decisions",
                "do": "Look at the store.",
                "page": "https://reports.example.com/shop/policy.html",
            },
        ],
    }


def test_a_message_keeps_to_its_schema(facts: Facts, acting: Verdict) -> None:
    sent = message(facts, acting, SITE, when="act")
    assert sent is not None
    told, held = json.loads(sent.to_json()), Draft202012Validator(json.loads(schema()))
    held.validate(told)
    assert not held.is_valid(told | {"ok": "no"})


def test_the_same_message_is_the_same_bytes(facts: Facts, acting: Verdict) -> None:
    once, again = (message(facts, acting, SITE, when="act") for _ in range(2))
    assert once is not None
    assert again is not None
    assert once.to_json() == again.to_json()


@pytest.mark.parametrize(
    ("findings", "when", "levels"),
    [
        ((SHIFTED,), "act", ["act"]),
        ((DEGRADED, SHIFTED), "act", ["act", "watch"]),
        ((DEGRADED,), "act", None),
        ((), "act", None),
        ((DEGRADED,), "always", ["watch"]),
        ((), "always", []),
    ],
)
def test_what_is_sent_when(facts: Facts, findings, when, levels: list[str] | None) -> None:
    sent = message(facts, conclude(findings), SITE, when=when)
    assert (None if sent is None else [alert.level for alert in sent.findings]) == levels


def test_pages_that_are_served_nowhere_are_files_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "a report").mkdir()
    (tmp_path / "a report" / "drift.html").touch()
    url = places(tmp_path / "a report")("drift#columns")
    assert url == f"{tmp_path.as_uri()}/a%20report/drift.html#columns"


def test_settings_are_of_monitoring_and_say_what_is_wrong() -> None:
    assert Monitoring().webhook == Webhook(when="act", timeout_seconds=10.0, deadline_seconds=30.0)
    assert parse({"webhook": {"when": "always"}}, Monitoring, "m.yaml").webhook.when == "always"
    with pytest.raises(ConfigError) as raised:
        parse({"webhook": {"when": "never", "deadline_seconds": 0, "url": "x"}}, Monitoring, "m.yaml")
    assert raised.value.details == (
        "webhook.when: Input should be 'act' or 'always' (given 'never')",
        "webhook.deadline_seconds: Input should be greater than 0 (given 0)",
        "webhook.url: Extra inputs are not permitted",
    )
