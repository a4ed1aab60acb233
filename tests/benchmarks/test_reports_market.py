"""What the benchmark counts as quiet, and what it says of changes."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.market_changes import CONCEPT, COVARIATE, FEEDS
from benchmarks.reports_market import Named, Week, said_of_changes, said_of_quiet, share_quiet
from pipelines.market.company import TABLES

WEEKS = [
    Week(0, 1, (), ()),
    Week(0, 2, ("The predicted risks have shifted.",), ("p_churn",)),
    Week(1, 1, (), ("profile__age",)),
    Week(1, 2, (), ()),
]


def test_a_week_is_quiet_where_nothing_needs_action() -> None:
    assert share_quiet(WEEKS) == 0.75
    said = said_of_quiet(WEEKS)
    assert "quiet 1 of 2, 2 of 2; 1 of 2 companies quiet in all weeks; alerts a week 0.250: The predicted risks" in said
    assert said.endswith("to watch or to act on: 2 of 4")


def test_every_change_is_told_with_what_could_be_mistaken_for_it() -> None:
    named = [
        Named("covariate", "the young", seed, windows, level) for seed, windows, level in ((0, 1, "act"), (1, 4, ""))
    ]
    said = said_of_changes(named, WEEKS)
    assert said.startswith(
        "the worst of 1 kinds in 2 companies; windows (level) by kind: the young: 1 (act), 4 (not named)."
    )
    assert said.endswith("the moved columns were called drifted in 1 of 4 undrifted weeks")


@pytest.mark.parametrize(
    ("what", "values", "odds"),
    [
        ("the young", [34.0, 35.0, None], [6.0, 1.0, 1.0]),
        ("bargain hunters", ["deals", "search", None], [6.0, 1.0, 1.0]),
        ("the silent", [14.0, 15.0, None], [1.0, 6.0, 1.0]),
    ],
)
def test_some_come_oftener(what: str, values: list[object], odds: list[float]) -> None:
    column, weights = COVARIATE[what]
    assert weights(pd.DataFrame({column: values})).tolist() == odds


def test_changed_tables_are_tables_of_the_market() -> None:
    assert set(CONCEPT).union(*(feed.tables for feed in FEEDS.values())) <= set(TABLES)
