"""From what a run found to what is sent: the findings that ask for something, each with the page to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from monitoring.facts import Facts
from monitoring.site.elements import Level, href
from monitoring.verdict import Verdict

ASKING: tuple[Level, ...] = ("act", "watch")
When = Literal["act", "always"]
Place = Callable[[str], str]
"""The URL of a page, given as the findings name it: page, or page#section."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One finding that asks for something; `page` is the URL to read."""

    level: Level
    what: str
    size: str
    do: str
    page: str


@dataclass(frozen=True)
class Message:
    """What is sent of one run whose window ended at `window_end`; alerts stand gravest first."""

    ok: bool
    headline: str
    dataset: str
    window_end: datetime
    report: str
    findings: tuple[Alert, ...]

    def to_json(self) -> bytes:
        """The same bytes for the same message: instants as ISO 8601."""
        return MESSAGE.dump_json(self)


MESSAGE = TypeAdapter(Message)


def message(facts: Facts, verdict: Verdict, place: Place, *, when: When) -> Message | None:
    """What is to be sent of a run: None where nothing needs action, unless `when` is always."""
    if verdict.ok and when == "act":
        return None
    asking = (finding for finding in verdict.findings if finding.level in ASKING)
    alerts = tuple(Alert(one.level, one.what, one.size, one.do, place(one.page)) for one in asking)
    return Message(verdict.ok, verdict.headline, facts.title, facts.now, place("index"), alerts)


def schema() -> str:
    """The JSON Schema of a message."""
    return json.dumps(MESSAGE.json_schema(mode="serialization"), indent=2) + "\n"


def places(report: Path, site: str | None = None) -> Place:
    """Where the pages of a report are read: under `site`, or in the directory `report` of this machine.

    >>> places(Path("report"), "https://reports.example.com/shop/")("drift#columns")
    'https://reports.example.com/shop/drift.html#columns'
    """
    root = (site or report.absolute().as_uri()).rstrip("/")
    return lambda page: f"{root}/{href(page)}"
