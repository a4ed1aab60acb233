"""The page of predictions: whether they came true."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.intervals import Interval
from monitoring.performance.estimated import Window
from monitoring.performance.findings import findings
from monitoring.performance.matured import Bin, Fit, Performance
from monitoring.site.charts import Line, lines, reliability
from monitoring.site.elements import Column, Figure, Measure, Page, Section, Table


def page(performance: Performance, settings: Monitoring) -> Page:
    """The page as it is read."""
    question = "Did the predicted risks come true?"
    sections = (
        _fit(performance, settings),
        _windows(performance, settings),
        _slices(performance),
        _maturity(performance),
    )
    return Page("predictions", "Predictions", question, sections, tuple(findings(performance, settings)))


def _fit(performance: Performance, settings: Monitoring) -> Section:
    title, fit = "Against what happened", performance.fit
    if fit is None:
        return Section("fit", title, lacking=f"It cannot be said yet: {performance.missing}.")
    said = (
        f"Of {words.count(performance.matured, 'prediction')} about {words.count(performance.customers, 'customer')}, "
        f"{performance.events:,} came true. Only predictions whose time is over are counted. Customers who were given "
        "an offer are among them, and may have stayed because of it."
    )
    method = (
        f"Intervals resample whole customers {settings.resamples} times. The calibration error is the average distance "
        f"of the dots from the dashed line; it raises an alarm above {settings.max_ece:g}, and only when a perfect "
        f"model would stay below it in {words.percent(1 - settings.alpha)} of cases.{_drawn_from(performance)}"
    )
    return Section(
        "fit", title, said=(said,), measures=_measures(fit, performance.matured), figures=(_drawn(fit.bins),),
        tables=(_table(fit.bins),), method=method,
    )  # fmt: skip


def _drawn_from(performance: Performance) -> str:
    """Nothing where all predictions were looked at."""
    if performance.of is None:
        return ""
    looked_at = performance.matured + performance.waiting + performance.outside
    return (
        f" Looked at are {looked_at:,} predictions of {performance.of:,}: all of some customers, drawn by a digest of "
        "their ids."
    )


def _measures(fit: Fit, matured: int) -> tuple[Measure, ...]:
    of = "predictions whose time is over"
    by_chance = f"Mean distance from what was predicted; chance alone explains up to {fit.ece_by_chance:.3f}."
    return (
        Measure("Ranking (AUC)", fit.auc, "ratio", "0.5 is chance, 1 perfect.", of, matured),
        Measure("Calibration error", fit.ece, "ratio", by_chance, of, matured),
        Measure("Brier score", fit.brier, "ratio", "Mean squared error; 0 is perfect.", of, matured),
        Measure("Log loss", fit.log_loss, "ratio", "Surprise at what came; 0 is perfect.", of, matured),
    )


def _drawn(bins: tuple[Bin, ...]) -> Figure:
    worst = max(bins, key=lambda one: abs(one.predicted - one.observed.value))
    text = (
        f"{len(bins)} groups of customers by predicted risk. Farthest from the diagonal: predicted "
        f"{words.percent(worst.predicted)}, observed {words.percent(worst.observed.value)}."
    )
    said, came = np.array([one.predicted for one in bins]), np.array([one.observed.value for one in bins])
    low, high = np.array([one.observed.low for one in bins]), np.array([one.observed.high for one in bins])
    caption = (
        "Each dot is a tenth of the predictions with a 95% interval. On the dashed line, predicted equals observed."
    )
    return reliability("fit-reliability", "Predicted and observed risk", text, said, came, low, high, caption=caption)


def _table(bins: tuple[Bin, ...]) -> Table:
    columns = (Column("Predicted", "share"), Column("Observed", "share"), Column("Predictions", "count"))
    rows = tuple((one.predicted, one.observed, one.rows) for one in bins)
    return Table("calibration", "Predicted and observed risk by tenth", columns, rows)


def _windows(performance: Performance, settings: Monitoring) -> Section:
    title, told = "Before the outcomes are known", performance.windows
    if not told:
        lacking = f"No span of {settings.window_days:g} days has {settings.min_rows:,} customers with a prediction yet."
        return Section("windows", title, lacking=lacking)
    columns = (
        Column("From"), Column("Customers", "count"), Column("AUC estimated", "ratio"), Column("AUC realised", "ratio"),
        Column("Predicted", "share"), Column("Observed", "share"), Column("Calibration error", "ratio"),
    )  # fmt: skip
    rows = tuple(
        (
            f"{one.begins:%Y-%m-%d}",
            one.customers,
            one.estimated,
            one.realised,
            one.predicted,
            one.came.left if one.came else None,
            one.came.ece if one.came else None,
        )
        for one in told
    )
    said = (
        "Estimated from the risks themselves, which takes them to be right: it sees other customers come, but not that "
        "customers have begun to leave for other reasons. Where both are known, they should agree."
    )
    method = (
        "By spans of so many days, the last prediction of each customer: every pair of customers counts by the chance "
        "that the first leaves and the second stays. Intervals are those of an AUC yet to be seen. The calibration "
        f"error of the last span with known outcomes raises an alarm above {settings.max_ece:g}, and only when a "
        f"perfect model would stay below it in {words.percent(1 - settings.alpha)} of cases."
    )
    table = Table("windows", "Estimated and realised", columns, rows[::-1])
    return Section("windows", title, said=(said,), figures=_curves(told), tables=(table,), method=method)


def _curves(told: Sequence[Window]) -> tuple[Figure, ...]:
    if len(told) < 3:
        return ()
    unknown = Interval(nan, nan, nan)
    drawn = [
        _line("realised", [one.realised or unknown for one in told]),
        _line("estimated", [one.estimated for one in told]),
    ]
    text = f"{len(told)} spans, {sum(one.realised is not None for one in told)} of them with known outcomes."
    return (lines("windows-auc", "Ranking (AUC)", text, [one.begins for one in told], drawn, "ratio"),)


def _line(name: str, told: Sequence[Interval]) -> Line:
    return Line(name, [one.value for one in told], [one.low for one in told], [one.high for one in told])


def _slices(performance: Performance) -> Section:
    title, told = "Where it is worst", performance.slices
    if not told:
        return Section("slices", title, lacking="No group has enough known outcomes to be told apart.")
    worst = told[0]
    named = f"{worst.attribute.replace('_', ' ')} {worst.value}"
    clear = "more than chance explains" if worst.differs else "which chance explains, over so many groups"
    said = (
        f"Farthest off: {named}, predicted {words.percent(worst.predicted)}, observed {words.percent(worst.observed)}, "
        f"{clear}."
    )
    columns = (
        Column("Group"), Column("Value"), Column("Customers", "count"), Column("Predicted", "share"),
        Column("Observed", "share"), Column("Off by", "points"), Column("AUC", "ratio"),
    )  # fmt: skip
    rows = tuple(
        (one.attribute.replace("_", " "), one.value, one.customers, one.predicted, one.observed, one.gap, one.auc)
        for one in told
    )
    marked = frozenset(at for at, one in enumerate(told) if one.differs)
    method = (
        "Groups stand out where an interval that holds for all of them together (Bonferroni) leaves 0 out. The "
        "intervals shown are each one's own; the predictions of one customer are one witness."
    )
    table = Table("slices", "Predicted and observed risk by group", columns, rows, marked)
    return Section("slices", title, said=(said,), tables=(table,), method=method)


def _maturity(performance: Performance) -> Section:
    """What is known when."""
    columns = (Column("Predictions"), Column("Number", "count"), Column("Known"))
    first, last = performance.next_matures_at, performance.all_mature_at
    due = "" if first is None or last is None else words.span(first, last)
    rows = (
        ("whose outcome is known", performance.matured, "now"),
        ("waiting for their outcome", performance.waiting, due),
        ("of customers the model does not predict for", performance.outside, "never"),
    )
    table = Table("maturity", "Predictions by maturity", columns, rows)
    said = (_drawn_from(performance).strip(),) if performance.of is not None else ()
    return Section("maturity", "What is known when", said=said, tables=(table,))
