"""Everything one run found, and how it is told: as pages, and as JSON with a schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from configs.monitoring import Monitoring
from monitoring import first, words
from monitoring.data import page as data_page
from monitoring.data.quality import Quality
from monitoring.drift import page as drift_page
from monitoring.drift.drift import DriftResult
from monitoring.health import page as health_page
from monitoring.health.health import Health
from monitoring.health.mix import Mix
from monitoring.performance import page as performance_page
from monitoring.performance.matured import Performance
from monitoring.retention import report as retention_report
from monitoring.retention.report import Kept
from monitoring.retention.spending import profit_of
from monitoring.site.elements import Finding, Page
from monitoring.site.write import Site
from monitoring.skew import page as skew_page
from monitoring.skew.skew import Skew
from monitoring.verdict import Verdict, conclude
from monitoring.warning import page as warning_page
from monitoring.warning.rises import Warned


@dataclass(frozen=True)
class Facts:
    """What every room found; the window is (after, now]."""

    title: str
    after: datetime
    now: datetime
    drift: DriftResult
    performance: Performance
    mix: Mix
    quality: Quality
    retention: Kept | None
    settings: Monitoring
    health: Health
    skew: Skew
    warning: Warned | None = None


@dataclass(frozen=True)
class Document:
    """The facts for machines, and what they come to: `ok` is false where something needs a person."""

    ok: bool
    headline: str
    findings: tuple[Finding, ...]
    facts: Facts


DOCUMENT = TypeAdapter(Document)


def tell(facts: Facts) -> tuple[Verdict, Site]:
    """The verdict, and the pages that it rests on."""
    topics = _topics(facts)
    verdict = conclude(finding for page in topics for finding in page.findings)
    entrance = first.page(verdict, topics, after=facts.after, now=facts.now)
    footer = f"Made by Tenure from the decision ledger and the records for {words.minute(facts.now)}."
    return verdict, Site(f"Retention report: {facts.title}", facts.now, (entrance, *topics), footer)


def document(facts: Facts, verdict: Verdict) -> str:
    """The facts as JSON: instants as ISO 8601, numbers that do not exist as null."""
    told = Document(verdict.ok, verdict.headline, verdict.findings, facts)
    return DOCUMENT.dump_json(told, indent=2).decode() + "\n"


def schema() -> str:
    """The JSON Schema of `document`."""
    return json.dumps(DOCUMENT.json_schema(mode="serialization"), indent=2) + "\n"


def _topics(facts: Facts) -> tuple[Page, ...]:
    return (
        *(() if facts.retention is None else retention_report.pages(facts.retention, profit_of(facts.health.lifts))),
        *(() if facts.warning is None else (warning_page.page(facts.warning, facts.settings),)),
        health_page.page(facts.mix, facts.health, facts.settings),
        performance_page.page(facts.performance, facts.settings),
        drift_page.page(facts.drift, facts.settings),
        skew_page.page(facts.skew, facts.settings),
        data_page.page(facts.quality, facts.settings),
    )
