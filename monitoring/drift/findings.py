"""What drift comes to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.drift.drift import SCORE, DriftResult
from monitoring.site.elements import Finding, Level


def findings(drift: DriftResult, settings: Monitoring) -> Iterator[Finding]:
    """What is to be said of drift."""
    page, names = "drift", [words.feature(column.name) for column in drift.drifted if column.name != SCORE]
    if not drift.checked:
        size = f"{words.count(drift.current_rows, 'customer')} so far, {settings.min_rows:,} needed"
        yield Finding("wait", "Too few customers to compare with the training window.", size, "", page)
        return
    if drift.scores and len(names) < len(drift.drifted):
        means = (
            f"{words.percent(drift.scores.current_mean)} now, {words.percent(drift.scores.reference_mean)} in training"
        )
        do = "See which inputs moved. If the change is real, retrain; if a source broke, repair it first."
        yield Finding("act", "The predicted risks have shifted.", f"on average {means}", do, page)
    if names:
        level: Level = "act" if drift.share > settings.max_drifted_share else "watch"
        what = f"Customers differ from those the model learned from: {words.listing(names)}."
        do = "Ask whether a season, a campaign or a source explains it; retrain when the change is here to stay."
        yield Finding(level, what, f"{len(names)} of {words.count(len(drift.checked), 'column')}", do, page)
    if not drift.drifted:
        size = f"{words.count(len(drift.checked), 'column')}, {words.count(drift.current_rows, 'customer')}"
        yield Finding("good", "Customers look like those the model learned from.", size, "", page)
