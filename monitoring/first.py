"""The first page: what changed and what to do, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitoring import words
from monitoring.site.elements import Link, Measure, Page, Section
from monitoring.verdict import Verdict

MOST = 6  # figures on the first page


def page(verdict: Verdict, others: Sequence[Page], *, after: datetime, now: datetime) -> Page:
    """The findings of all other pages, and the first figures of each."""
    question = f"Decisions from {words.day(after)} to {words.minute(now)}."
    figures = [_first(other) for other in others]
    measures = tuple(measure for measure in figures if measure is not None)[:MOST]
    sections = (
        Section("figures", "At a glance", measures=measures),
        Section(
            "pages",
            "What is on the other pages",
            links=tuple(Link(f"{one.title}: {one.question}", f"{one.name}.html") for one in others),
        ),
    )
    return Page("index", "This week", question, sections, verdict.findings, verdict.headline)


def _first(page: Page) -> Measure | None:
    return next((measure for section in page.sections for measure in section.measures), None)
