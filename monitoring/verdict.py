"""From measurements to a verdict in plain words: what was found, how big it is, what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.data.quality import Quality
from monitoring.drift.drift import SCORE, DriftResult
from monitoring.health.mix import Mix
from monitoring.performance.matured import Fit, Performance

Level = Literal["act", "watch", "wait", "good"]
LEVELS: tuple[Level, ...] = ("act", "watch", "wait", "good")


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, its size, what to do ("" when nothing), and where on the page the detail is."""

    level: Level
    what: str
    size: str
    do: str
    page: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Findings, gravest first. `ok` is false when any of them needs action: exit code 1."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing needs action."""
        return not any(finding.level == "act" for finding in self.findings)

    @property
    def headline(self) -> str:
        """The whole report in one line."""
        found = {level: sum(finding.level == level for finding in self.findings) for level in LEVELS}
        acting = f"{words.count(found['act'], 'thing needs', 'things need')} action" if found["act"] else ""
        watching = f"{words.count(found['watch'], 'thing')} to watch" if found["watch"] else ""
        waiting = f"{words.count(found['wait'], 'check')} waiting for data" if found["wait"] else ""
        if not (acting or watching or waiting):
            return "All is well"
        return "; ".join(filter(None, (acting or "Nothing needs action", watching, waiting)))


def conclude(drift: DriftResult, performance: Performance, mix: Mix, quality: Quality, settings: Monitoring) -> Verdict:
    """Every room's findings, gravest first."""
    findings = [
        *_of_drift(drift, settings),
        *_of_performance(performance, settings),
        *_of_mix(mix, settings),
        *_of_quality(quality, settings),
    ]
    return Verdict(tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level))))


def _of_drift(drift: DriftResult, settings: Monitoring) -> Iterator[Finding]:
    page, names = "#drift", [words.feature(column.name) for column in drift.drifted if column.name != SCORE]
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


def _of_performance(performance: Performance, settings: Monitoring) -> Iterator[Finding]:
    page, fit = "#performance", performance.fit
    if fit is None:
        what = f"Too early to say whether the predictions came true: {performance.missing}."
        yield Finding("wait", what, _waiting(performance), "", page)
        return
    size = f"over {words.count(performance.matured, 'prediction')} whose outcome is known"
    if _miscalibrated(fit, settings):
        error = f"off by {words.points(fit.ece)} on average, {size}; chance explains {words.points(fit.ece_by_chance)}"
        do = "Retrain or recalibrate before weighing offers with these risks."
        yield Finding("act", "The predicted risks do not match what happened.", error, do, page)
    if fit.auc.low <= 0.5:
        do = "Look for a broken input, then retrain."
        yield Finding("act", "The ranking of customers by risk is no better than chance.", _auc(fit), do, page)
    elif not _miscalibrated(fit, settings):
        yield Finding("good", "The predicted risks match what happened.", f"{_auc(fit)}, {size}", "", page)


def _miscalibrated(fit: Fit, settings: Monitoring) -> bool:
    return fit.ece > max(settings.max_ece, fit.ece_by_chance)


def _auc(fit: Fit) -> str:
    return f"AUC {fit.auc.value:.3f} ({fit.auc.low:.3f} to {fit.auc.high:.3f})"


def _waiting(performance: Performance) -> str:
    if performance.next_matures_at is None or performance.all_mature_at is None:
        return "no prediction is waiting for its outcome"
    first, last = words.day(performance.next_matures_at), words.day(performance.all_mature_at)
    return f"{words.count(performance.waiting, 'outcome')} due " + (
        f"on {first}" if first == last else f"from {first} to {last}"
    )


def _of_mix(mix: Mix, settings: Monitoring) -> Iterator[Finding]:
    page = "#mix"
    if not mix.decisions:
        do = "Check that applications still ask for decisions."
        yield Finding("watch", "No decision was made in this window.", "0 decisions", do, page)
        return
    if mix.impossible_selection_probabilities:
        size = words.count(mix.impossible_selection_probabilities, "decision")
        do = "Report a fault: these decisions cannot be used to judge policies."
        yield Finding("act", "Decisions were logged with an impossible selection probability.", size, do, page)
    lowest = mix.lowest_selection_probability
    if lowest is not None and lowest < settings.min_selection_probability:
        do = "Raise the exploration floor in the policy."
        size = f"lowest {lowest:.2g}, floor {settings.min_selection_probability:g}"
        yield Finding("watch", "Some actions are chosen too rarely to learn from.", size, do, page)
    if mix.degraded.share > settings.max_degraded_share:
        do = "Look at the feature store and the model registry."
        size = f"{words.percent(mix.degraded.share)} of decisions, {words.percent(settings.max_degraded_share)} allowed"
        yield Finding("watch", "Decisions were made without something they needed.", size, do, page)


def _of_quality(quality: Quality, settings: Monitoring) -> Iterator[Finding]:
    page = "#quality"
    broken = [words.feature(column.name) for column in quality.columns if column.gone or column.unreadable]
    odd = [words.feature(column.name) for column in quality.unsound if not (column.gone or column.unreadable)]
    asked = quality.rows + quality.empty
    if broken:
        what = f"The model is not getting what it was trained on: {words.listing(broken)}."
        yield Finding("act", what, words.count(len(broken), "input"), "Repair the source or the mapping.", page)
    if odd:
        do = "Check the source; new categories are treated as unknown."
        yield Finding(
            "watch", f"The data arrives differently: {words.listing(odd)}.", words.count(len(odd), "input"), do, page
        )
    if asked and quality.empty / asked > settings.max_degraded_share:
        do = "Check that new customers are ingested and features are computed."
        what = "Decisions were made for customers about whom nothing is known."
        yield Finding("watch", what, f"{words.percent(quality.empty / asked)} of customers", do, page)
    if quality.rows >= settings.min_rows and not (broken or odd):
        yield Finding(
            "good", "The data arrives as it did in training.", words.count(len(quality.columns), "input"), "", page
        )
