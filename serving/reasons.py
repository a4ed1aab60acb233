"""Contributions of a model put into sentences for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from math import isfinite

from configs.reasons import Phrases
from features.vectors import Value

MAX_REASONS = 3


def reasons(
    contributions: Sequence[tuple[str, float]], row: Mapping[str, Value], phrases: Mapping[str, Phrases | None]
) -> tuple[str, ...]:
    """At most three sentences, the weightiest first, none twice.

    `contributions` are (feature, log-odds), largest first; of `phrases` the first glob that a feature matches speaks.
    """
    sentences: dict[str, None] = {}
    for feature, contribution in contributions:
        if contribution and (found := _phrases(feature, phrases)):
            sentences.setdefault(_sentence(found.up if contribution > 0 else found.down, feature, row.get(feature)))
        if len(sentences) == MAX_REASONS:
            break
    return tuple(sentences)


def _phrases(feature: str, phrases: Mapping[str, Phrases | None]) -> Phrases | None:
    return next((found for glob, found in phrases.items() if fnmatchcase(feature, glob)), None)


def _sentence(template: str, feature: str, value: Value) -> str:
    readable = feature.rpartition("__")[2].replace("_", " ")
    if value is None and "{value}" in template:
        return f"{readable.capitalize()}: not known"
    return template.format(feature=readable, value=_shown(value))


def _shown(value: Value) -> str:
    if value is None:
        return "not known"
    if isinstance(value, str):
        return value
    if not isfinite(value):
        return "not known"
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2g}"
