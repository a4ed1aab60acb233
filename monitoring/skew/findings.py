"""What the features that decisions saw come to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.intervals import Interval
from monitoring.site.elements import Finding, Level
from monitoring.skew.skew import Comparison, FeatureSkew, Skew

PAGE = "skew"


def findings(skew: Skew, settings: Monitoring) -> Iterator[Finding]:
    """What is to be said of served features: a difference needs a person where it is more than is let pass."""
    if skew.refused is not None:
        do = "Mend that, then run `tenure monitor` again."
        yield Finding("watch", "Served features could not be joined again.", skew.refused, do, PAGE)
    if skew.comparison is not None:
        yield from _compared(skew.comparison, settings)
    if skew.freshness is not None and skew.freshness.stale.value > settings.max_stale_share:
        size = (
            f"{_of(skew.freshness.stale, skew.freshness.vectors)}, {words.percent(settings.max_stale_share)} let pass"
        )
        do = "Run `tenure features` at least as often as snapshots are taken."
        yield Finding("watch", "Decisions rest on features that are too old to use.", size, do, f"{PAGE}#freshness")


def _compared(found: Comparison, settings: Monitoring) -> Iterator[Finding]:
    if found.equal is None:
        if found.untold:
            do = "Run `tenure features`; where the mapping has lost a table, that is why."
            size = words.count(found.untold, "vector")
            yield Finding("watch", "Of no served vector can be told what it should have been.", size, do, PAGE)
        return
    if not found.unequal:
        size = words.count(found.vectors, "vector")
        yield Finding("good", "Served features are those that training would see.", size, "", PAGE)
        return
    worst = [one for one in found.features if one.unequal]
    what = f"Served features are not those that training would see: {words.listing(_names(worst))}."
    size = f"{words.count(found.unequal, 'vector')} of {found.vectors:,}; {words.count(len(worst), 'feature')}"
    do = "Look for events that did not reach the store, a snapshot that did not get online, records that came late."
    level: Level = "act" if 1 - found.equal.value > settings.max_skew_share else "watch"
    yield Finding(level, what, size, do, PAGE)


def _names(features: list[FeatureSkew]) -> list[str]:
    return [words.feature(one.name) for one in features]


def _of(share: Interval, vectors: int) -> str:
    return f"{words.percent(share.value)} of {words.count(vectors, 'vector')}"
