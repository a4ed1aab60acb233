from dataclasses import replace
from math import inf, isnan

import numpy as np
import pytest
from numpy.typing import NDArray

from decisioning.logs import Log
from decisioning.support import effective_size, support

ACTIONS = ("nothing", "gift", "call")
COUNT = 6000


def randomised(seed: int, shares: tuple[float, ...] = (0.5, 0.3, 0.2), count: int = COUNT) -> Log:
    rng = np.random.default_rng(seed)
    chosen = rng.choice(3, count, p=shares)
    return Log(ACTIONS, chosen, rng.random(count), np.array(shares)[chosen], np.arange(count))


def always(action: int, count: int = COUNT) -> NDArray[np.float64]:
    return np.eye(3)[np.full(count, action)]


@pytest.mark.parametrize(
    ("weight", "group", "expected"),
    [
        ([1, 1, 1, 1], [0, 1, 2, 3], 4.0),
        ([5, 5, 5, 5], [0, 1, 2, 3], 4.0),
        ([1, 1, 0, 0], [0, 1, 2, 3], 2.0),
        ([3, 1, 0, 0], [0, 1, 2, 3], 1.6),  # 16 / 10
        ([1, 1, 1, 1], [0, 0, 1, 1], 2.0),  # rows of one customer are one witness
        ([0, 0, 0, 0], [0, 1, 2, 3], 0.0),
    ],
)
def test_effective_size(weight: list[float], group: list[int], expected: float) -> None:
    log = Log(("a",), np.zeros(4, np.intp), np.zeros(4), np.ones(4), np.array(group))
    assert effective_size(np.array(weight, float), log) == pytest.approx(expected)


def test_a_constant_policy_on_a_randomised_log_is_supported() -> None:
    found = support(randomised(1), always(1))
    made = int((randomised(1).chosen == 1).sum())
    assert found.effective_sample_size == pytest.approx(made)
    assert found.customers == COUNT
    assert (found.unsupported, found.refused, found.warnings) == (0.0, (), ())
    assert found.mean_weight == pytest.approx(made / 0.3 / COUNT)
    [promise] = found.promises
    assert (promise.action, promise.made, promise.mean) == ("gift", made, pytest.approx(found.mean_weight))


def test_the_policy_that_wrote_the_log_asks_nothing_of_it() -> None:
    found = support(replace(randomised(1), propensity=None), None)
    assert (found.effective_sample_size, found.refused, found.warnings) == (COUNT, (), ())


def test_a_log_without_propensities_is_refused() -> None:
    found = support(replace(randomised(1), propensity=None), always(1))
    assert found.refused == (
        "the log holds no propensities: log the probability of each decision with it (`selection_probability`)",
    )
    assert isnan(found.mean_weight)


@pytest.mark.parametrize(
    ("made", "refused", "warnings"),
    [
        (50, ("effective sample size 50 of 6000; at least 100 is needed",), ()),
        (300, (), ("effective sample size 300 of 6000 (5.0%): a few rows decide",)),
        (900, (), ()),
    ],
)
def test_size(made: int, refused: tuple[str, ...], warnings: tuple[str, ...]) -> None:
    chosen = np.where(np.arange(COUNT) < made, 1, 0)
    share = np.array([1 - made / COUNT, made / COUNT, 1.0])
    log = Log(ACTIONS, chosen, np.zeros(COUNT), share[chosen], np.arange(COUNT))
    found = support(log, always(1))
    assert (found.refused, found.warnings) == (refused, warnings)


@pytest.mark.parametrize(
    ("share", "refused", "warnings"),
    [
        (0.004, 0, 1),
        (0.05, 1, 0),
        (1.0, 2, 0),  # the whole policy: no effective sample size either
    ],
)
def test_an_action_that_was_never_made(share: float, refused: int, warnings: int) -> None:
    log = randomised(2, (0.6, 0.4, 0.0))
    found = support(log, (1 - share) * always(0) + share * always(2))
    assert found.unsupported == pytest.approx(share)
    assert (len(found.refused), len(found.warnings)) == (refused, warnings)
    said = f"{share:.1%} of the policy's choices were never made there (call {share:.1%})"
    assert said in (*found.refused, *found.warnings)


def test_an_action_that_was_not_possible_everywhere() -> None:
    chosen = np.arange(COUNT) % 2
    possible = np.ones((COUNT, 3), bool)
    possible[: COUNT // 2, 1:] = False  # the first half could get nothing only
    chosen[: COUNT // 2] = 0
    propensity = np.where(possible[:, 1], 0.5, 1.0)
    log = Log(ACTIONS, chosen, np.zeros(COUNT), propensity, np.arange(COUNT), possible=possible)
    refused = support(log, always(1))
    assert refused.unsupported == 0.5
    assert "50.0% of the policy's choices were never made there (gift 50.0%)" in refused.refused
    allowed = support(log, np.where(possible[:, [1]], always(1), always(0)))
    assert (allowed.unsupported, allowed.refused) == (0.0, ())
    assert [(one.action, one.mean) for one in allowed.promises] == [("nothing", 1.0), ("gift", 1.0)]


@pytest.mark.parametrize(
    ("factor", "refused", "warned"),
    [
        (1.0, False, False),
        (0.8, True, True),  # made less often than logged: weights of 1.25 on average
        (1.3, True, True),
    ],
)
def test_propensities_that_do_not_fit(factor: float, refused: bool, warned: bool) -> None:
    log = randomised(3)
    assert log.propensity is not None
    off = replace(log, propensity=log.propensity * factor)
    for policy in (always(0), np.tile([0.5, 0.3, 0.2], (COUNT, 1))):
        assert bool(support(off, policy).refused) is refused


def test_one_wrong_arm_is_named() -> None:
    log = randomised(4)
    assert log.propensity is not None
    wrong = np.where(log.chosen == 2, 0.3, log.propensity)
    weighed, reason = support(replace(log, propensity=wrong), np.tile([0.4, 0.3, 0.3], (COUNT, 1))).refused
    assert weighed.startswith("policy / propensity averages 0.9")
    assert reason.startswith("call: made / propensity averages 0.6")


def test_a_small_misfit_warns_where_a_large_log_shows_it() -> None:
    log = randomised(5, count=200_000)
    assert log.propensity is not None
    found = support(replace(log, propensity=log.propensity * 0.97), always(0, 200_000))
    assert found.refused == ()
    assert any("policy / propensity averages 1.03" in line for line in found.warnings)


def test_weights_that_cannot_err_and_are_not_one() -> None:
    log = Log(("a", "b"), np.tile([0, 1], 500), np.zeros(1000), np.full(1000, 0.25), np.arange(1000))
    found = support(log, np.full((1000, 2), 0.5))
    assert (found.mean_weight, found.mean_weight_z) == (2.0, inf)
    assert found.refused


def test_sound_logs_are_seldom_doubted() -> None:
    # Two tests a log (the mean weight is one of the promises here), each at .003: of 300 logs 1.8 are warned of, and
    # 8 or more by chance once in 2,000 (Poisson).
    policy = np.tile([0.2, 0.4, 0.4], (1500, 1))
    found = [support(randomised(seed, count=1500), policy) for seed in range(300)]
    assert not any(one.refused for one in found)
    assert sum(bool(one.warnings) for one in found) < 8
