"""The page of drift: whether customers are like those the models learned from."""

from __future__ import annotations

import numpy as np

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.drift.drift import ColumnDrift, DriftResult
from monitoring.drift.findings import findings, matters
from monitoring.site.charts import shares
from monitoring.site.elements import Column, Link, Page, Section, Table


def page(drift: DriftResult, settings: Monitoring) -> Page:
    """The page as it is read."""
    question = "Are the customers decided for now like those the model learned from?"
    sections = tuple(
        filter(None, (_columns(drift, settings), _sizes(drift, settings), _scores(drift), _skipped(drift)))
    )
    return Page("drift", "Drift", question, sections, tuple(findings(drift, settings)))


def _columns(drift: DriftResult, settings: Monitoring) -> Section:
    title = "What has moved"
    if not drift.checked:
        said = f"{drift.current_rows:,} in this window, {settings.min_rows:,} needed"
        return Section("columns", title, lacking=f"There are too few customers to compare: {said}.")
    held = (
        f"{words.count(drift.current_rows, 'customer')} decided for in this window "
        f"{'is' if drift.current_rows == 1 else 'are'} held against {drift.reference_rows:,} from the training window. "
        f"{len(drift.drifted) or 'None'} of {words.count(len(drift.checked), 'column')} drifted. "
        "A season does this too: drift asks a question, it does not answer it."
    )
    method = (
        f"One row per customer on each side, at most {settings.max_rows:,}. Evidently's Wasserstein distance, in "
        "standard deviations of the training window, for numbers; Jensen-Shannon distance for categories. What chance "
        f"alone does was found by dealing the same customers to both sides {settings.permutations} times, all columns "
        f"alike: when nothing has changed, the chance of even one false alarm is at most {words.percent(drift.alpha)}. "
        f"A shift under {settings.smallest_shift:g} is too small to matter and raises no alarm."
    )
    links = (Link("Open Evidently's page for the distribution of every column.", drift.page),) if drift.page else ()
    return Section("columns", title, said=(held,), tables=(_table(drift.checked),), links=links, method=method)


def _table(checked: tuple[ColumnDrift, ...]) -> Table:
    columns = (
        Column("Column"), Column("Verdict"), Column("Shift", "number"), Column("Alarm at", "number"),
        Column("Chance alone", "number"),
    )  # fmt: skip
    rows = tuple((words.feature(one.name), _verdict(one), one.statistic, one.threshold, one.chance) for one in checked)
    marked = frozenset(at for at, one in enumerate(checked) if one.drifted)
    return Table("columns", "Largest shifts first, each over its own alarm", columns, rows, marked)


def _verdict(column: ColumnDrift) -> str:
    if column.broken:
        return "broken feed"
    return "drifted" if column.drifted else "steady"


def _sizes(drift: DriftResult, settings: Monitoring) -> Section | None:
    if not drift.sizes:
        return None
    columns = (
        Column("Drifted"), Column("Mean risk", "points"), Column("Decisions changed", "share", gauge=True),
        Column("Expected profit a decision", "money"), Column("as a share", "share"),
    )  # fmt: skip
    rows = tuple(
        (
            words.listing([words.feature(name) for name in size.columns], most=2),
            size.score,
            size.moved,
            size.profit,
            size.profit_share,
        )
        for size in drift.sizes
    )
    marked = frozenset(at for at, size in enumerate(drift.sizes) if matters(size, settings))
    made = words.count(drift.sizes[0].decisions, "decision")
    said = f"{made} made again as if the drifted inputs were as in training."
    method = (
        "Each drifted input is moved back to the distribution it had in training by the least change that does it, "
        "alone and all together, and the decision is made again from the ledger, by the policy and the models of then. "
        f"A drift needs a person from {words.points(settings.max_score_shift)} of mean risk, "
        f"{words.percent(settings.max_moved_share)} of decisions or {words.percent(settings.max_profit_shift)} of "
        "expected profit on. What it does to customers themselves, no model can say before their outcomes are known."
    )
    table = Table("sizes", "What the drift has changed, with 95% intervals over decisions", columns, rows, marked)
    return Section("sizes", "How much it matters", said=(said,), tables=(table,), method=method)


def _scores(drift: DriftResult) -> Section | None:
    scores = drift.scores
    if scores is None:
        return None
    means = (
        f"Average risk {words.percent(scores.current_mean)} now and {words.percent(scores.reference_mean)} in training."
    )
    now, before = np.array(scores.current), np.array(scores.reference)
    drawn = shares(
        "scores-histogram", "Predicted risk of customers", means, np.array(scores.edges), now, before,
        along="predicted risk", caption="Bars are customers now, the line is the training window.",
    )  # fmt: skip
    return Section("scores", "What that does to the risks", said=(means,), figures=(drawn,))


def _skipped(drift: DriftResult) -> Section | None:
    rows = tuple((words.feature(column.name), column.skipped) for column in drift.columns if column.skipped)
    if not rows:
        return None
    table = Table("skipped", "Columns not judged", (Column("Column"), Column("Why")), rows)
    return Section("skipped", f"{words.count(len(rows), 'column')} could not be judged", tables=(table,))
