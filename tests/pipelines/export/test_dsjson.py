"""Lines that Vowpal Wabbit learns from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from vowpalwabbit import Workspace as VowpalWabbit

from pipelines.export import dsjson
from pipelines.export.logged import Logged
from tests.pipelines.export.by_hand import ACTIONS, DECISION

TERMS = {"p_accept": 0.0, "cost": 0.0, "contact_cost": 0.0}


def test_a_line_tells_what_was_done_first(tmp_path: Path) -> None:
    assert dsjson.write([DECISION], tmp_path / "d.json") == 1
    assert json.loads((tmp_path / "d.json").read_text()) == {
        "_label_cost": -1.0,
        "_label_probability": 0.3,
        "_label_Action": 2,
        "_labelIndex": 1,
        "o": [{"EventId": "d1", "v": 1.0}],
        "Timestamp": "2023-09-04T12:00:00.000000Z",
        "Version": "1",
        "EventId": "d1",
        "a": [2, 1, 3],
        "c": {
            "Customer": {"age": 31.0, "plan": "gold"},
            "Request": {"._page": "home", "cart": 12.5, "mobile": 1.0},
            "_multi": [
                {
                    "Action": {
                        "offer": "gift",
                        "kind": "present",
                        "channel": "email",
                        "p_accept": 0.4,
                        "cost": 2.0,
                        "contact_cost": 0.1,
                    }
                },
                {
                    "Action": {
                        "affinity": 2.0,
                        "habit": "often",
                        "offer": "voucher",
                        "kind": "discount",
                        "channel": "sms",
                        "p_accept": 0.1,
                        "cost": 5.0,
                        "contact_cost": 0.2,
                    }
                },
                {"Action": {"offer": "nothing", "kind": "nothing", "channel": "none", **TERMS}},
            ],
        },
        "p": [0.3, 0.5, 0.2],
        "VWState": {"m": "p1/policy"},
    }


@pytest.mark.parametrize(("reward", "cost"), [(None, "0.0"), (0.0, "0.0"), (30.0, "-30.0"), (-2.5, "2.5")])
def test_a_cost_is_the_reward_with_the_sign_turned(reward: float | None, cost: str, tmp_path: Path) -> None:
    dsjson.write([replace(DECISION, reward=reward)], tmp_path / "d.json")
    assert f'"_label_cost": {cost},' in (tmp_path / "d.json").read_text()


def test_vowpal_wabbit_learns_from_every_line(decisions: list[Logged], tmp_path: Path) -> None:
    """Its loss is that of the lines: mean over all of cost by 1 / probability where it would have done the same."""
    dsjson.write(decisions, tmp_path / "d.json")
    learner = VowpalWabbit(f"--dsjson --cb_explore_adf --quiet -d {tmp_path / 'd.json'}")
    assert learner.get_weighted_examples() == len(decisions)
    assert learner.get_sum_loss() < 0
    learner.finish()


def test_vowpal_wabbit_sees_a_name_that_begins_with_an_underscore(tmp_path: Path) -> None:
    """By how many features it sees of the line with the name, and of one that has another in its place."""

    def features(context: dict[str, str]) -> int:
        dsjson.write([replace(DECISION, context=context)], tmp_path / "d.json")
        learner = VowpalWabbit("--dsjson --cb_explore_adf --quiet")
        examples = learner.parse((tmp_path / "d.json").read_text())
        count = sum(example.get_feature_number() for example in examples)
        learner.finish_example(examples)
        learner.finish()
        return count

    assert features({"_page": "home"}) == features({"page": "home"}) > features({})


def test_vowpal_wabbit_learns_which_action_brings_value(tmp_path: Path) -> None:
    """The voucher brings 30 and the gift nothing: it comes to do the voucher most of the time."""
    gift = replace(DECISION, made=(0,), reward=0.0)
    dsjson.write([replace(DECISION, reward=30.0), gift] * 200, tmp_path / "d.json")
    learner = VowpalWabbit(f"--dsjson --cb_explore_adf --epsilon 0.1 --quiet -d {tmp_path / 'd.json'}")
    probabilities = learner.predict((tmp_path / "d.json").read_text().splitlines()[0])
    learner.finish()
    assert len(probabilities) == len(ACTIONS["offer_id"])
    assert probabilities[1] == max(probabilities) > 0.9
