from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.coverage_policies import FOLLOWED, NAMES, policies
from benchmarks.coverage_worlds import Hit, expected_profit, world
from benchmarks.effects_coverage import by_case, covered, true_values, value_note
from pipelines.market import ACTIONS, OFFERS, wave

HITS = [
    Hit(0, "deciles", "retention", True),
    Hit(0, "deciles", "retention", True),
    Hit(0, "deciles", "margin", True),
    Hit(0, "deciles", "margin", False),
    Hit(1, "deciles", "retention", False),
    Hit(1, "deciles", "margin", False),
    Hit(1, "dr", "nothing to all", True),
]


def test_a_world_is_one_witness() -> None:
    table = covered(HITS)
    assert table.share.to_dict() == {"deciles": 0.375, "dr": 1.0}
    assert table.error["deciles"] == pytest.approx(0.375)  # of .75 and 0: half their distance
    assert table.worlds.to_dict() == {"deciles": 2, "dr": 1}
    assert table.intervals.to_dict() == {"deciles": 6, "dr": 1}


def test_cases_are_told_apart() -> None:
    assert by_case(HITS, "deciles") == "retention 0.667, margin 0.333"


def test_blocks_of_customers_are_averaged() -> None:
    assert true_values([{"a": 1.0, "b": 4.0}, {"a": 3.0, "b": 2.0}]) == {"a": 2.0, "b": 3.0}


def test_refusals_are_counted_apart() -> None:
    answered = [Hit(0, figure, "by habit", True) for figure in ("dr", "ips", "snips")]
    refused = [Hit(1, "refused", "by habit", False)] * 3
    assert "1 answers refused" in value_note([*answered, *refused])
    assert covered([*answered, *refused]).share["dr"] == 1.0


def test_policies_are_probabilities_of_what_the_market_offers() -> None:
    frame = pd.DataFrame(
        {
            "overdue": [3.0, 0.1, np.nan, 2.0],
            "complaints_8w": [0.0, 0.0, 2.0, 0.0],
            "app_4w": [0.0, 9.0, 0.0, 0.0],
            "web_4w": [0.0, 0.0, 0.0, 5.0],
        }
    )
    found = policies(frame)
    for policy in found.values():
        assert policy.shape == (4, len(NAMES))
        assert policy.min() >= 0
        assert policy.sum(axis=1) == pytest.approx(1.0)
    kinds = np.array(["", *(OFFERS[action.offer].kind for action in ACTIONS)])
    habit = found["by habit"]
    for row, kind in enumerate(["discount", "points", "service", "points"]):
        assert habit[row, kinds == kind].sum() == pytest.approx(FOLLOWED)
    assert found["a discount to the late"][:, 0] == pytest.approx([1 - FOLLOWED, 1.0, 1.0, 1 - FOLLOWED])
    assert (found["nothing to all"][:, 0] == 1).all()


def test_expected_profit_starts_from_doing_nothing() -> None:
    truth = wave(300, 1).truth
    expected = expected_profit(truth)
    assert (expected[:, 0] == truth.margin).all()
    assert expected[:, 1:] - expected[:, :1] == pytest.approx(truth.profit)


def test_a_world_answers_for_every_decile_and_policy() -> None:
    names = policies(wave(50, 0).frame)
    hits = pd.DataFrame(world(0, 2_000, dict.fromkeys(names, 1e9)))
    counted = hits.groupby("figure").size()
    assert counted["deciles"] == counted["served"] == 20
    assert counted.get("dr", 0) + counted.get("refused", 0) / 3 == len(names)
    assert not hits[hits.figure.isin(["dr", "ips", "snips"])].held.any()  # no interval reaches as far as that
