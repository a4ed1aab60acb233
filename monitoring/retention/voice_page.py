"""The page of what customers say."""

from __future__ import annotations

from monitoring.retention.voice import Answer, Voice
from monitoring.site.elements import Measure, Page, Section, Unit

MAP = "Map `feedback` (nps, csat, ces, complaint, review) to hear what customers say."
YEAR = "in the last year, by each one's latest answer"


def page(found: Voice | None) -> Page:
    """The page as it is read."""
    title, question = "Customer voice", "What do customers say, and is it getting worse?"
    if found is None:
        return Page("voice", title, question, (Section("scores", "Scores", lacking=MAP),))
    asked = (
        _answer(
            "NPS",
            found.nps,
            "nps",
            "Promoters (9, 10) less detractors (0 to 6), from -100 to 100.",
            f"customers asked {YEAR}",
        ),
        _answer(
            "CSAT", found.csat, "share", "Satisfied: 4 and 5 of 5, or 7 and more of 10.", f"customers asked {YEAR}"
        ),
        _answer("CES", found.ces, "number", "Mean effort, on the scale of your records.", f"customers asked {YEAR}"),
    )
    scores = tuple(one for one in asked if one is not None)
    lacking = None if scores else "No score was answered in the last year: map nps, csat or ces in `feedback`."
    felt = (
        _answer(
            "Customers with a complaint",
            found.complaining,
            "share",
            f"{found.complaints:,} complaints in the last year.",
            "customers",
        ),
        _answer(
            "Sentiment",
            found.sentiment,
            "number",
            "Mean over customers, from -1 to 1.",
            "customers who wrote in the last year",
        ),
    )
    return Page(
        "voice", title, question,
        (
            Section("scores", "Scores", measures=scores, lacking=lacking),
            Section("complaints", "Complaints and sentiment", measures=tuple(one for one in felt if one is not None)),
        ),
    )  # fmt: skip


def _answer(name: str, answer: Answer, unit: Unit, definition: str, denominator: str) -> Measure | None:
    """None where nobody was asked."""
    if not answer.customers:
        return None
    return Measure(name, answer.told, unit, definition, denominator, answer.customers)
