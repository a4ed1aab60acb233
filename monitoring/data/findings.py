"""What the data comes to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.data.feeds import Fault
from monitoring.data.quality import Quality
from monitoring.site.elements import Finding


def findings(quality: Quality, settings: Monitoring) -> Iterator[Finding]:
    """What is to be said of the data."""
    page = "data"
    broken = [words.feature(column.name) for column in quality.columns if column.broken]
    odd = [words.feature(column.name) for column in quality.unsound if not column.broken]
    asked = quality.rows + quality.empty
    if quality.feeds:
        resting = sum(any(fault.feeds(column.name) for fault in quality.feeds) for column in quality.columns)
        what = f"A source does not bring what it brought: {words.listing([told(fault) for fault in quality.feeds])}."
        do = "Repair the source or the mapping; until then drift of these inputs says nothing of customers."
        yield Finding("act", what, f"{words.count(resting, 'input')} of the model rest on it", do, f"{page}#feeds")
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
    if quality.rows >= settings.min_rows and not (broken or odd or quality.feeds):
        yield Finding(
            "good", "The data arrives as it did in training.", words.count(len(quality.columns), "input"), "", page
        )


def told(fault: Fault) -> str:
    """A fault in a few words."""
    rows = f"{fault.table}, {fault.part}" if fault.part else fault.table
    if fault.what == "silent":
        return f"{rows}: all but stopped"
    if fault.what == "empty":
        return f"{fault.column} of {rows}: empty"
    larger = fault.now > fault.high
    ratio = fault.now / fault.high if larger else fault.low / fault.now
    return f"{fault.column} of {rows}: {ratio:.0f} times as {'large' if larger else 'small'} as ever"
