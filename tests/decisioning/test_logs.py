from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from decisioning.logs import Log

SOUND = Log(
    actions=("nothing", "gift"),
    chosen=np.array([0, 1, 1]),
    reward=np.array([0.0, 1.0, 2.0]),
    propensity=np.array([0.5, 0.25, 1.0]),
    group=np.array([0, 1, 1]),
    expected=np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]),
    possible=np.array([[True, True], [True, True], [False, True]]),
)
POLICY = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])


def test_what_was_made() -> None:
    assert len(SOUND) == 3
    assert SOUND.of_made(SOUND.expected).tolist() == [0.1, 0.4, 0.6]  # type: ignore[arg-type]
    assert SOUND.weights(POLICY).tolist() == [2.0, 2.0, 1.0]


def test_without_propensities_there_are_no_weights() -> None:
    with pytest.raises(ValueError, match="the log holds no propensities"):
        replace(SOUND, propensity=None).weights(POLICY)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"propensity": [0.5, 0.0, 1.0]}, r"1 of 3 propensities are wrong, the first is 0.0: above 0 and up to 1"),
        ({"propensity": [0.5, 1.2, -1.0]}, r"2 of 3 propensities are wrong, the first is 1.2"),
        ({"propensity": [0.5, 0.2, np.nan]}, r"1 of 3 propensities are wrong, the first is nan"),
        ({"reward": [0.0, np.nan, np.inf]}, r"2 of 3 rewards are wrong, the first is nan: finite numbers"),
        ({"chosen": [0, 2, 1]}, r"1 of 3 chosen actions are wrong, the first is 2: 0 to 1 is allowed"),
        ({"chosen": [0, -1, 1]}, r"1 of 3 chosen actions are wrong, the first is -1"),
        ({"chosen": [0, 1, 0]}, r"the first is 0: only what was possible can have been chosen"),
        ({"expected": np.full((3, 2), np.nan)}, r"6 of 6 expected rewards are wrong"),
        ({"expected": np.zeros((3, 3))}, r"expected has shape \(3, 3\); \(3, 2\) is allowed"),
        ({"reward": [1.0, 2.0], "group": [0, 1]}, r"reward has shape \(2,\); \(3,\) is allowed; group has shape"),
        (
            {"reward": [np.nan, 1.0, 1.0], "propensity": [0.0, 1.0, 1.0]},
            r"1 of 3 rewards .* allowed; 1 of 3 propensities",
        ),
    ],
)
def test_a_log_that_is_none_names_every_problem(changed: dict[str, list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SOUND, **{name: np.array(values) for name, values in changed.items()})  # type: ignore[arg-type]


def test_a_log_without_rows() -> None:
    none = np.array([])
    with pytest.raises(ValueError, match="the log has no rows"):
        Log(("nothing",), none.astype(np.intp), none, none, none.astype(np.intp))


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (np.ones((2, 2)) / 2, r"policy has shape \(2, 2\); \(3, 2\) is allowed"),
        ([[1.0, 0.0], [0.5, 0.4], [0.0, 1.0]], r"1 of 3 rows of the policy are wrong, the first is 0.9: a sum of 1"),
        ([[1.5, -0.5], [0.5, 0.5], [0.0, 1.0]], r"2 of 6 probabilities of the policy are wrong, the first is 1.5"),
        ([[np.nan, 0.0], [0.5, 0.5], [0.0, 1.0]], r"1 of 6 probabilities .* first is nan.*; 1 of 3 rows"),
    ],
)
def test_what_is_no_policy(policy: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SOUND.check(np.array(policy))


@pytest.mark.parametrize("policy", [None, POLICY])
def test_what_is_a_policy(policy: NDArray[np.float64] | None) -> None:
    SOUND.check(policy)
