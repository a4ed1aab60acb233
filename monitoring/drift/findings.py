"""What drift comes to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.drift.drift import SCORE, DriftResult
from monitoring.drift.size import Size
from monitoring.site.elements import Finding, Level


def findings(drift: DriftResult, settings: Monitoring) -> Iterator[Finding]:
    """What is to be said of drift: it needs a person only where its size in risks, decisions or profit matters."""
    page, names = "drift", [words.feature(column.name) for column in drift.drifted if column.name != SCORE]
    if not drift.checked:
        size = f"{words.count(drift.current_rows, 'customer')} so far, {settings.min_rows:,} needed"
        yield Finding("wait", "Too few customers to compare with the training window.", size, "", page)
        return
    if drift.scores and len(names) < len(drift.drifted):
        now, before = drift.scores.current_mean, drift.scores.reference_mean
        means = f"on average {words.percent(now)} now, {words.percent(before)} in training"
        broken = any(column.broken for column in drift.columns)
        level: Level = "act" if abs(now - before) >= settings.max_score_shift and not broken else "watch"
        do = "See which inputs moved. If the change is real, retrain."
        do = "Repair what is broken first; see Data." if broken else do
        yield Finding(level, "The predicted risks have shifted.", means, do, page)
    if names:
        what = f"Customers differ from those the model learned from: {words.listing(names)}."
        do = "Ask whether a season, a campaign or a source explains it; retrain when the change is here to stay."
        yield Finding(_level(drift, settings), what, _size(drift), do, page)
    if not drift.drifted:
        size = f"{words.count(len(drift.checked), 'column')}, {words.count(drift.current_rows, 'customer')}"
        yield Finding("good", "Customers look like those the model learned from.", size, "", page)


def matters(size: Size, settings: Monitoring) -> bool:
    """Whether a drift has changed risks, decisions or expected profit by more than is let pass."""
    return (
        abs(size.score.value) >= settings.max_score_shift
        or size.moved.value >= settings.max_moved_share
        or abs(size.profit_share) >= settings.max_profit_shift
    )


def told(size: Size) -> str:
    """The size of a drift in words."""
    profit = "" if size.profit_share != size.profit_share else f", expected profit by {size.profit_share:+.1%}"
    return (
        f"it moves the mean risk by {round(100 * size.score.value, 1) + 0.0:+.1f} points, "
        f"{words.percent(size.moved.value)} of decisions{profit}"
    )


def _level(drift: DriftResult, settings: Monitoring) -> Level:
    return "act" if drift.sizes and matters(drift.sizes[0], settings) else "watch"


def _size(drift: DriftResult) -> str:
    drifted = sum(column.name != SCORE for column in drift.drifted)
    columns = f"{drifted} of {words.count(len(drift.checked), 'column')}"
    return f"{columns}; {told(drift.sizes[0])}" if drift.sizes else f"{columns}; what it does to decisions is not known"
