"""The arrays that the Open Bandit Pipeline documents: the library needs PyTorch, which this project does without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from decisioning.logs import Log
from decisioning.off_policy import evaluate
from pipelines.export import open_bandit
from pipelines.export.logged import Logged
from tests.pipelines.export.by_hand import DECISION, changed

Arrays = dict[str, NDArray[np.generic]]


def written(decisions: list[Logged], folder: Path) -> Arrays:
    open_bandit.write(decisions, folder / "d.npz")
    return dict(np.load(folder / "d.npz"))  # which refuses pickles


def test_the_arrays_are_as_documented(decisions: list[Logged], tmp_path: Path) -> None:
    """The checks of obp's check_bandit_feedback_inputs and check_ope_inputs, and of what its estimators index by."""
    feedback = written(decisions, tmp_path)
    rounds, actions = int(feedback["n_rounds"]), int(feedback["n_actions"])
    assert (rounds, actions) == (len(decisions), len(feedback["action_names"]))
    for name, shape in {
        "action": (rounds,),
        "position": (rounds,),
        "reward": (rounds,),
        "pscore": (rounds,),
        "context": (rounds, len(feedback["feature_names"])),
        "action_context": (actions, actions),
        "pi_b": (rounds, actions, 1),
        "action_available": (rounds, actions),
    }.items():
        assert feedback[name].shape == shape
        assert np.isfinite(feedback[name].astype(float)).all()
    assert feedback["action"].dtype == feedback["position"].dtype == np.int64
    every = np.arange(rounds)
    assert ((feedback["pscore"] > 0) & (feedback["pscore"] <= 1)).all()
    assert (feedback["pi_b"][every, feedback["action"], 0] == feedback["pscore"]).all()
    assert feedback["pi_b"].sum(axis=1) == pytest.approx(1.0)
    assert feedback["action_available"][every, feedback["action"]].all()
    assert not feedback["pi_b"][~feedback["action_available"]].any()


def test_actions_and_features_stand_by_name_whatever_came_first(tmp_path: Path) -> None:
    second = replace(
        changed("d2", offer_id=["bonus", "gift", None], channel=["app", "email", None]),
        features={"income": 5.0, "age": float("nan"), "mail": True},
        made=(2,),
        reward=None,
        arm="random",
    )
    feedback = written([DECISION, second], tmp_path)
    assert feedback["action_names"].tolist() == ["bonus by app", "gift by email", "nothing", "voucher by sms"]
    assert feedback["action"].tolist() == [3, 2]
    assert feedback["pscore"].tolist() == [0.3, 0.2]
    assert feedback["reward"].tolist() == [1.0, 0.0]
    assert feedback["arm"].tolist() == ["policy", "random"]
    assert feedback["action_available"].tolist() == [[False, True, True, True], [True, True, True, False]]
    assert feedback["pi_b"][:, :, 0].tolist() == [[0.0, 0.5, 0.2, 0.3], [0.5, 0.3, 0.2, 0.0]]
    assert feedback["feature_names"].tolist() == ["age", "income", "mail"]
    assert feedback["context"].tolist() == [[31.0, 0.0, 0.0], [0.0, 5.0, 1.0]]


def test_customers_without_a_number_have_an_empty_context(tmp_path: Path) -> None:
    assert written([replace(DECISION, features={"plan": "gold"})], tmp_path)["context"].shape == (1, 0)


def test_inverse_propensity_weighting_of_the_arrays_is_ours(decisions: list[Logged], tmp_path: Path) -> None:
    """What the pipeline's InverseProbabilityWeighting computes, mean(reward x policy / pscore), by its formula."""
    feedback = written([one for one in decisions if one.arm == "policy"], tmp_path)
    every = np.arange(int(feedback["n_rounds"]))
    policy = feedback["action_available"] / feedback["action_available"].sum(axis=1, keepdims=True)
    theirs = (feedback["reward"] * policy[every, feedback["action"]] / feedback["pscore"]).mean()
    log = Log(
        actions=tuple(feedback["action_names"].tolist()),
        chosen=feedback["action"].astype(np.intp),
        reward=feedback["reward"].astype(np.float64),
        propensity=feedback["pscore"].astype(np.float64),
        group=every.astype(np.intp),
        possible=feedback["action_available"].astype(np.bool_),
    )
    ours = evaluate(log, policy).ips
    assert ours is not None
    assert ours.value == pytest.approx(theirs)
