"""The page of predictions: whether they came true."""

from __future__ import annotations

import numpy as np

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.performance.findings import findings
from monitoring.performance.matured import Bin, Fit, Performance
from monitoring.site.charts import reliability
from monitoring.site.elements import Column, Figure, Measure, Page, Section, Table


def page(performance: Performance, settings: Monitoring) -> Page:
    """The page as it is read."""
    question = "Did the predicted risks come true?"
    sections = (_fit(performance, settings), _maturity(performance))
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
        f"model would stay below it in {words.percent(1 - settings.alpha)} of cases."
    )
    return Section(
        "fit", title, said=(said,), measures=_measures(fit, performance.matured), figures=(_drawn(fit.bins),),
        tables=(_table(fit.bins),), method=method,
    )  # fmt: skip


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


def _maturity(performance: Performance) -> Section:
    """What is known when."""
    columns = (Column("Predictions"), Column("Number", "count"), Column("Known"))
    first, last = performance.next_matures_at, performance.all_mature_at
    due = "" if first is None or last is None else f"from {words.day(first)} to {words.day(last)}"
    rows = (
        ("whose outcome is known", performance.matured, "now"),
        ("waiting for their outcome", performance.waiting, due),
        ("of customers the model does not predict for", performance.outside, "never"),
    )
    return Section(
        "maturity", "What is known when", tables=(Table("maturity", "Predictions by maturity", columns, rows),)
    )
