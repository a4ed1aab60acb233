"""Recency: what changes with the clock alone, computed from stored instants at request time so that it cannot go stale.

Plain NumPy on float64 arrays of one length; NaN stands for null. The same functions run offline and online.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from features import silence
from features.silence import DAY, Column

VIEW = "recency"
OFFLINE_MARK = "event_timestamp"

# feature -> (view, stored instant): the age of the instant in days
AGES = {
    "signed_up_days": ("profile", "signed_up_at"),
    "purchase_days": ("purchases", "last_at"),
    "first_purchase_days": ("purchases", "first_at"),
    "interaction_days": ("engagement", "last_at"),
    "feedback_days": ("experience", "last_at"),
    "subscription_days": ("subscription", "started_at"),
    "loyalty_days": ("loyalty", "last_at"),
    "offered_days": ("contact", "last_offered_at"),
    "accepted_days": ("contact", "last_accepted_at"),
}
RENEWAL = ("subscription", "renews_at")
_KEYS = tuple(dict.fromkeys([*AGES.values(), RENEWAL, *(("purchases", name) for name in silence.INPUTS)]))


def days(stored: Mapping[tuple[str, str], Column], asked_at: Column) -> dict[str, Column]:
    """Every recency feature whose inputs are stored; `asked_at` in seconds since 1970."""
    found = {name: (asked_at - stored[key]) / DAY for name, key in AGES.items() if key in stored}
    if RENEWAL in stored:
        found["renewal_days"] = (stored[RENEWAL] - asked_at) / DAY
    if ("purchases", "last_at") in stored:
        found |= silence.silence({name: stored["purchases", name] for name in silence.INPUTS}, asked_at)
    return found


def transform(given: Mapping[str, Sequence[float | None]]) -> dict[str, list[float]]:
    """`days` on columns named `<view>__<feature>` and `asked_at`, as Feast's on-demand view gives and takes them."""
    keys = [key for key in _KEYS if f"{key[0]}__{key[1]}" in given]
    stored = {key: np.asarray(given[f"{key[0]}__{key[1]}"], dtype=np.float64) for key in keys}
    found = days(stored, np.asarray(given["asked_at"], dtype=np.float64))
    answer = {name: values.tolist() for name, values in found.items()}
    if OFFLINE_MARK not in given:
        # Asked for full names, Feast 0.67 renames the answer of a Python view offline but not online: give both there.
        answer |= {f"{VIEW}__{name}": values for name, values in answer.items()}
    return answer


def names(views: frozenset[str]) -> tuple[str, ...]:
    """The recency features that these feature views make possible."""
    ages = tuple(name for name, (view, _) in AGES.items() if view in views)
    renewal = ("renewal_days",) if "subscription" in views else ()
    return ages + renewal + (silence.FEATURES if "purchases" in views else ())


def source(feature: str) -> str:
    """The view whose instants a recency feature is computed from."""
    if feature in AGES:
        return AGES[feature][0]
    return RENEWAL[0] if feature == "renewal_days" else "purchases"


def view_of(name: str) -> str:
    """The view whose stored row a feature, named `<view>__<feature>`, comes from.

    >>> view_of("purchases__spend_56d"), view_of("recency__offered_days")
    ('purchases', 'contact')
    """
    view, _, feature = name.partition("__")
    return source(feature) if view == VIEW else view


def inputs(views: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The stored (view, feature) pairs that `days` reads."""
    return tuple(key for key in _KEYS if key[0] in views)
