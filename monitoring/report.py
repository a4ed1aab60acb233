"""The monitoring report: one page for people, the same facts as JSON for machines."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from configs.errors import StoreUnavailable
from configs.monitoring import Monitoring
from configs.workspace import replacing
from monitoring import charts, words
from monitoring.data.quality import Quality
from monitoring.drift.drift import DriftResult
from monitoring.health.mix import Mix
from monitoring.performance.matured import Performance
from monitoring.verdict import Verdict

TEMPLATES = Path(__file__).parent / "templates"
Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True)
class Facts:
    """Everything one run found; the window is (after, now]."""

    title: str
    after: datetime
    now: datetime
    verdict: Verdict
    drift: DriftResult
    performance: Performance
    mix: Mix
    quality: Quality
    settings: Monitoring


def page(facts: Facts) -> str:
    """Render the report as one HTML document that needs nothing else: no network, no script, no file beside it."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=words.percent, feature=words.feature, day=words.day, minute=words.minute)
    environment.globals.update(count=words.count, reliability=charts.reliability, histogram=charts.histogram)
    style = (TEMPLATES / "report.css").read_text()
    return environment.get_template("report.html.j2").render(facts=facts, style=style)


def document(facts: Facts) -> str:
    """Render the same facts as one JSON document: instants as ISO 8601, numbers that do not exist as null."""
    found = {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}
    summary: dict[str, object] = {"ok": facts.verdict.ok, "headline": facts.verdict.headline}
    return json.dumps({**summary, **{name: _json(value) for name, value in found.items()}}, indent=2) + "\n"


def write(facts: Facts, reports: Path) -> tuple[Path, Path]:
    """Write index.html and monitor.json; a reader never sees half of one. Raises StoreUnavailable where it cannot."""
    html, machine = reports / "index.html", reports / "monitor.json"
    with replacing(html) as path:
        path.write_text(page(facts), encoding="utf-8")
    with replacing(machine) as path:
        path.write_text(document(facts), encoding="utf-8")
    return html, machine


def prepare(reports: Path) -> None:
    """Try the directory before minutes are spent on what could not be kept. Raises StoreUnavailable."""
    with replacing(reports / ".writable") as path:
        path.touch()
    (reports / ".writable").unlink()


@contextmanager
def writing(reports: Path) -> Iterator[None]:
    """Say where and why a report could not be written (no permission, no space) as StoreUnavailable."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"{reports}: reports cannot be written here: {error.strerror}") from error


def _json(value: object) -> Json:
    if isinstance(value, Monitoring):
        return _json(value.model_dump())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): _json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} has no place in the report")
