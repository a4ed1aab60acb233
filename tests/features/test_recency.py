from __future__ import annotations

import numpy as np
import pytest

from features import recency, silence

DAY = 86_400.0
ASKED = np.array([100 * DAY, 101.5 * DAY])


@pytest.mark.parametrize(("name", "key"), recency.AGES.items())
def test_an_age_is_days_since_the_stored_instant(name: str, key: tuple[str, str]) -> None:
    stored = {key: np.array([90 * DAY, np.nan])}
    if key == ("purchases", "last_at"):
        stored |= {("purchases", state): np.array([1.0, 1.0]) for state in silence.STATE}
    found = recency.days(stored, ASKED)[name]
    assert (found[0], np.isnan(found[1])) == (10.0, True)
    assert recency.source(name) == key[0]


def test_a_renewal_lies_ahead() -> None:
    found = recency.days({recency.RENEWAL: np.array([103 * DAY, 101 * DAY])}, ASKED)
    assert found["renewal_days"].tolist() == [3.0, -0.5]
    assert recency.source("renewal_days") == "subscription"


@pytest.mark.parametrize(
    ("views", "names"),
    [
        (frozenset(), ()),
        (frozenset({"profile", "taste"}), ("signed_up_days",)),
        (frozenset({"subscription"}), ("subscription_days", "renewal_days")),
        (frozenset({"purchases"}), ("purchase_days", "first_purchase_days", *silence.FEATURES)),
    ],
)
def test_only_what_the_views_allow(views: frozenset[str], names: tuple[str, ...]) -> None:
    assert recency.names(views) == names
    stored = {key: np.array([1.0, 2.0]) for key in recency.inputs(views)}
    assert set(recency.days(stored, ASKED)) == set(names)
    assert {recency.source(name) for name in names} <= views


def test_feasts_columns_in_and_out() -> None:
    given = {"profile__signed_up_at": [90 * DAY, None], "asked_at": [100 * DAY, 100 * DAY], "profile__city": ["x", "y"]}
    online = recency.transform(given)  # type: ignore[arg-type]
    assert online["signed_up_days"][0] == online["recency__signed_up_days"][0] == 10.0
    assert np.isnan(online["signed_up_days"][1])
    offline = recency.transform(given | {recency.OFFLINE_MARK: [0, 0]})  # type: ignore[arg-type]
    assert list(offline) == ["signed_up_days"]
