"""The page of the data: what arrives otherwise than in training, and what ingestion counted."""

from __future__ import annotations

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.data import feeds
from monitoring.data.feeds import Fault
from monitoring.data.findings import findings
from monitoring.data.quality import ColumnQuality, Quality, TableCounts
from monitoring.site.elements import Column, Page, Section, Table

DIFFERENT = {"silent": "rows have stopped", "empty": "empty: share filled", "unit": "of another size: middle value"}


def page(quality: Quality, settings: Monitoring) -> Page:
    """The page as it is read."""
    sections = (*_feeds(quality.feeds), _inputs(quality, settings), _ingest(quality.ingest))
    return Page(
        "data", "Data", "Is the data that decisions rest on sound?", sections, tuple(findings(quality, settings))
    )


def _feeds(faults: tuple[Fault, ...]) -> tuple[Section, ...]:
    """What feeds bring otherwise; nothing where all bring what they brought."""
    if not faults:
        return ()
    columns = (
        Column("Source"), Column("What is different"), Column("Last week", "number"),
        Column("Least before", "number"), Column("Most before", "number"),
    )  # fmt: skip
    rows = tuple((_source(fault), DIFFERENT[fault.what], fault.now, fault.low, fault.high) for fault in faults)
    method = (
        "The last seven days of each table of events, of each of its channels and kinds, are held against the "
        f"{feeds.BEFORE} weeks before, where each of those had {feeds.FEWEST} rows. Told is what fell below "
        f"{words.percent(feeds.LEFT)} of the least there was, and a number whose middle value is {feeds.FACTOR:g} "
        "times as large or as small as it ever was."
    )
    table = Table("feeds", "Sources that do not bring what they brought", columns, rows)
    return (Section("feeds", "What the sources bring", tables=(table,), method=method),)


def _source(fault: Fault) -> str:
    return ", ".join(filter(None, (fault.table, fault.part, fault.column)))


def _inputs(quality: Quality, settings: Monitoring) -> Section:
    title = "What the model was given"
    if not quality.rows:
        return Section("inputs", title, lacking="Nothing was served in this window.")
    asked = f"{quality.rows + quality.empty:,}"
    said = [f"About {words.count(quality.empty, 'customer')} of {asked} nothing was known when the decision was made."]
    if not quality.unsound:
        said.append(f"All {words.count(len(quality.columns), 'input')} arrive as they did in training.")
    columns = (
        Column("Input"), Column("What is different"),
        Column("Empty in training", "share"), Column("Empty now", "share"),
    )  # fmt: skip
    rows = tuple(
        (words.feature(one.name), different(one), one.null_reference, one.null_current) for one in quality.unsound
    )
    tables = (Table("inputs", "Inputs that differ from training", columns, rows),) if rows else ()
    method = (
        f"A change of at least {words.percent(settings.null_change)} in the share of empty values is reported when "
        "chance does not explain it."
    )
    return Section("inputs", title, said=tuple(said if quality.empty else said[1:]), tables=tables, method=method)


def different(column: ColumnQuality) -> str:
    """What is to be said of an input that is not as in training."""
    if column.gone:
        return "missing altogether"
    fuller = "emptier" if column.null_current > column.null_reference else "fuller"
    strangers = f"new: {', '.join(column.unseen)} ({words.percent(column.unseen_share)} of customers)"
    said = (
        f"{fuller} than before" if column.nulls_changed else "",
        "the same value for everybody" if column.stuck else "",
        f"{words.count(column.unreadable, 'value')} not a number" if column.unreadable else "",
        strangers if column.unseen else "",
    )
    return "; ".join(filter(None, said))


def _ingest(counted: tuple[TableCounts, ...]) -> Section:
    title = "Rows taken in"
    if not counted:
        return Section("ingest", title, lacking="Nothing was ingested yet.")
    names = list(dict.fromkeys(name for table in counted for name, _ in table.counts))
    columns = (Column("Table"), *(Column(words.feature(name), "count") for name in names))
    rows = tuple((table.table, *(dict(table.counts).get(name) for name in names)) for table in counted)
    return Section("ingest", title, tables=(Table("ingest", "What ingestion counted, last run", columns, rows),))
