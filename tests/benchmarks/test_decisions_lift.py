from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.coverage_policies import FOLLOWED, NAMES
from benchmarks.decisions_lift import FIGURE, REACH, averaged, by_case, covered, narrowed, note
from benchmarks.lift_worlds import ARMS, OUTCOMES, SHARES, Hit, live_in_arms, rules, true_means, world
from benchmarks.render import state
from benchmarks.results import load, record
from decisioning.lift import PAIRS

HELD = Hit(0, "adjusted", "retention", "policy - holdout", True, 2.0)
MISSED = replace(HELD, held=False)
HITS = [
    HELD,
    replace(HELD, pair="policy - random"),
    replace(HELD, outcome="profit"),
    replace(MISSED, outcome="profit", pair="policy - random"),
    replace(MISSED, world=1),
    replace(MISSED, world=1, outcome="profit"),
    replace(HELD, figure="plain", error=4.0),
    replace(HELD, figure="plain", outcome="profit", error=8.0),
]


def test_a_world_is_one_witness() -> None:
    table = covered(HITS)
    assert table.share.to_dict() == {"adjusted": 0.375, "plain": 1.0}
    assert table.error["adjusted"] == pytest.approx(0.375)  # of .75 and 0: half their distance
    assert table.intervals.to_dict() == {"adjusted": 6, "plain": 2}


def test_intervals_that_should_hold_together_do_so_by_world_and_outcome() -> None:
    assert covered(HITS).all_held.to_dict() == {"adjusted": 0.25, "plain": 1.0}  # retention of world 0, of four


def test_cases_are_told_apart() -> None:
    assert by_case(HITS, "adjusted", "outcome") == "retention 0.667, profit 0.333"
    assert by_case(HITS, "adjusted", "pair") == "policy - holdout 0.500, policy - random 0.500"
    assert narrowed(HITS) == "retention 50%, profit 75%"


def test_blocks_are_averaged() -> None:
    blocks = [{name: {"policy": value, "holdout": 1.0} for name in OUTCOMES} for value in (1.0, 4.0)]
    assert averaged(blocks) == {name: {"policy": 2.5, "holdout": 1.0} for name in OUTCOMES}


def test_every_arm_has_a_rule_of_probabilities() -> None:
    frame = pd.DataFrame(
        {
            "overdue": [3.0, 0.1],
            "complaints_8w": [0.0, 0.0],
            "app_4w": [0.0, 9.0],
            "web_4w": [0.0, 0.0],
            "discounted_share": [0.8, np.nan],
        }
    )
    found = rules(frame)
    assert set(found) == set(ARMS)
    for rule in found.values():
        assert rule.sum(axis=1) == pytest.approx(1.0)
    assert (found["holdout"][:, 0] == 1.0).all()
    assert found["random"][:, 0] == pytest.approx(1 - FOLLOWED)
    assert [NAMES[place] for place in found["acceptance"].argmax(axis=1)] == ["discount_25:sms", "points_1000:push"]


def test_customers_live_in_their_arms() -> None:
    lived = live_in_arms(3, 3000)
    share = np.bincount(lived.arm, minlength=len(ARMS)) / len(lived.arm)
    for arm, found in zip(ARMS, share, strict=True):
        assert abs(found - SHARES[arm]) < 4 * np.sqrt(SHARES[arm] * (1 - SHARES[arm]) / len(lived.arm))
    assert set(lived.outcomes["retention"]) == {0.0, 1.0}
    assert len(lived.before) == len(lived.outcomes["profit"]) == len(lived.arm)
    assert np.corrcoef(lived.before, lived.outcomes["profit"])[0, 1] > 0.5


def test_what_is_lived_is_what_was_bound_to_be() -> None:
    values, lived = true_means(5000, 11), live_in_arms(12, 10_000)
    for name, outcomes in lived.outcomes.items():
        for place, arm in enumerate(ARMS):
            own = outcomes[lived.arm == place]
            error = own.std() * np.sqrt(1 / len(own) + 1 / 5000)  # of the lived and, at most, of the bound mean
            assert abs(own.mean() - values[name][arm]) < 4 * error


def test_a_world_answers_for_every_pair_and_outcome() -> None:
    means = {name: dict.fromkeys(ARMS, 1.0) for name in OUTCOMES}
    hits = pd.DataFrame(world(0, 2500, means))
    assert (hits.groupby(["figure", "outcome"]).size() == len(PAIRS)).all()
    assert set(hits.figure) == {
        f"{kind}{what}" for kind in ("adjusted", "plain") for what in ("", " together", " relative")
    }
    far = {name: {arm: 1e9 * place for place, arm in enumerate(ARMS)} for name in OUTCOMES}
    assert not any(hit.held for hit in world(0, 2500, far) if "relative" not in hit.figure)


def test_the_figure_is_recorded_where_it_is_asked(tmp_path: Path) -> None:
    whole = [
        replace(hit, figure=f"{kind}{what}")
        for hit in HITS[:2]
        for kind in ("adjusted", "plain")
        for what in ("", " together", " relative")
    ]
    profits = [replace(hit, outcome="profit", world=1) for hit in whole]
    said = note([*whole, *profits])
    assert "retention 1.000, profit 1.000" in said
    assert "all held in 1.000" in said
    record(FIGURE, 0.9, reach=REACH, note=said, path=tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text())[FIGURE]["reach"] == "in 0.87 to 0.93"
    assert state(load(tmp_path / "results.json")[FIGURE]) == "reached"
