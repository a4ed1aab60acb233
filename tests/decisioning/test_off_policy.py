from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from decisioning.logs import Log
from decisioning.off_policy import Direct, Value, compare, evaluate

Matrix = NDArray[np.float64]
SEEDS = st.integers(0, 10_000)
ARMS = ("nothing", "gift", "call")


def contextual(count: int, seed: int) -> tuple[Log, Matrix, Matrix]:
    """A log whose propensities differ by row, the policy that wrote it, and another."""
    rng = np.random.default_rng(seed)
    logging = 0.1 + rng.random((count, 3))
    logging /= logging.sum(axis=1, keepdims=True)
    policy = rng.random((count, 3)) ** 3
    policy /= policy.sum(axis=1, keepdims=True)
    chosen = (logging.cumsum(axis=1) < rng.random((count, 1))).sum(axis=1)
    reward = rng.random(count) * (1 + chosen)
    expected = 2 * rng.random((count, 3))
    log = Log(ARMS, chosen, reward, logging[np.arange(count), chosen], np.arange(count), expected)
    return log, logging, policy


def ends(value: Value) -> list[float]:
    return [number for one in (value.ips, value.snips, value.dr) if one for number in (one.value, one.low, one.high)]


# Golden numbers: InverseProbabilityWeighting, SelfNormalizedInverseProbabilityWeighting, DoublyRobust and DirectMethod
# of obp 0.4.1.
@pytest.mark.parametrize(
    ("count", "seed", "expected"),
    [
        (400, 1, (0.9894643588648993, 1.0390150610356124, 0.9968887532710495, 0.9862779792639512)),
        (3000, 2, (1.0088561632833888, 1.0127607708066066, 1.0397900962959712, 0.991168355609755)),
    ],
)
def test_the_estimates_are_those_of_obp(count: int, seed: int, expected: tuple[float, ...]) -> None:
    log, _, policy = contextual(count, seed)
    found = evaluate(log, policy)
    estimates = (found.ips, found.snips, found.dr, found.direct)
    assert [one.value for one in estimates if one] == pytest.approx(expected, abs=1e-12)


def test_by_hand() -> None:
    # 100 times: nothing brings 1 or 3 with p 1/2, the gift 5 with p 1/4. The policy gives the gift half of the time.
    log = Log(
        ("nothing", "gift"), np.tile([0, 0, 1], 100), np.tile([1.0, 3.0, 5.0], 100), np.tile([0.5, 0.5, 0.25], 100),
        np.arange(300), np.tile([2.0, 4.0], (300, 1)),
    )  # fmt: skip
    found = evaluate(replace(log, propensity=np.tile([2 / 3, 2 / 3, 1 / 3], 100)), np.full((300, 2), 0.5))
    assert found.ips is not None
    assert found.snips is not None
    assert found.dr is not None
    # weights .75, .75, 1.5: IPS (.75 + 2.25 + 7.5) / 3; they sum to 3, so SNIPS is the same
    assert (found.ips.value, found.snips.value) == pytest.approx((3.5, 3.5))
    assert found.dr.value == pytest.approx(3 + (0.75 * -1 + 0.75 * 1 + 1.5 * 1) / 3)
    spread = [v - 3.5 for v in (0.75, 2.25, 7.5)]
    assert found.ips.standard_error == pytest.approx(sqrt(sum(100 * s * s for s in spread) / 300 / 299))
    assert str(found.direct) == f"3 ({Direct(3.0).warning})"


@given(SEEDS)
def test_the_policy_that_wrote_the_log_is_worth_the_mean_reward(seed: int) -> None:
    log, logging, _ = contextual(200, seed)
    for policy in (logging, None):
        found = evaluate(log, policy)
        assert found.ips is not None
        assert found.snips is not None
        assert (found.ips.value, found.snips.value) == pytest.approx((log.reward.mean(),) * 2, abs=1e-12)
        assert found.effective_sample_size == pytest.approx(200)


@given(SEEDS, st.floats(0.97, 1.0))
def test_snips_does_not_see_the_scale_of_propensities(seed: int, scale: float) -> None:
    log, _, policy = contextual(400, seed)
    assert log.propensity is not None
    one, other = evaluate(log, policy).snips, evaluate(replace(log, propensity=scale * log.propensity), policy).snips
    assert one == other or (one and other and one.value == pytest.approx(other.value))


@given(SEEDS, st.floats(-50, 50))
def test_a_reward_raised_for_all_raises_snips_and_dr_as_much(seed: int, shift: float) -> None:
    log, _, policy = contextual(400, seed)
    raised = replace(log, reward=log.reward + shift, expected=log.expected + shift)  # type: ignore[operator]
    before, after = evaluate(log, policy), evaluate(raised, policy)
    for one, other in ((before.snips, after.snips), (before.dr, after.dr)):
        assert (one is None) == (other is None)
        if one and other:
            assert other.value - one.value == pytest.approx(shift, abs=1e-9)
            assert other.standard_error == pytest.approx(one.standard_error, abs=1e-9)


@given(SEEDS)
def test_dr_with_perfect_expectations_needs_no_correction(seed: int) -> None:
    log, _, policy = contextual(400, seed)
    assert log.expected is not None
    perfect = replace(log, reward=log.of_made(log.expected))
    found = evaluate(perfect, policy)
    if not found.refused:
        assert found.dr is not None
        assert found.direct is not None
        assert found.dr.value == pytest.approx(found.direct.value)
        modelled = (policy * log.expected).sum(axis=1)  # all that is left to vary
        assert found.dr.standard_error == pytest.approx(modelled.std(ddof=1) / sqrt(400))


@given(SEEDS)
def test_without_expected_rewards_the_answer_is_snips(seed: int) -> None:
    log, _, policy = contextual(300, seed)
    found = evaluate(replace(log, expected=None), policy)
    assert found.dr is found.direct is None
    assert found.by == "snips"
    if not found.refused:
        assert found.answer is found.snips


def test_with_them_it_is_dr() -> None:
    log, _, policy = contextual(1000, 3)
    found = evaluate(log, policy)
    assert (found.by, found.answer) == ("dr", found.dr)


def test_what_is_refused_has_no_number_at_all() -> None:
    log, _, policy = contextual(50, 1)
    found = evaluate(log, policy)
    assert (found.ips, found.snips, found.dr, found.direct) == (None, None, None, None)
    with pytest.raises(ValueError, match=r"effective sample size \d+ of 50; at least 100 is needed"):
        _ = found.answer


@pytest.mark.parametrize("both", [False, True])
def test_a_log_without_propensities_refuses_any_policy_but_its_own(both: bool) -> None:
    log, logging, policy = contextual(400, 1)
    silent = replace(log, propensity=None)
    found = compare(silent, policy, logging) if both else evaluate(silent, policy)
    assert found.refused[0].startswith("the log holds no propensities")
    assert evaluate(silent, None).answer.value == pytest.approx(log.reward.mean())


def test_a_difference_is_that_of_the_values() -> None:
    log, logging, policy = contextual(2000, 5)
    one, other, both = evaluate(log, policy), evaluate(log, logging), compare(log, policy, logging)
    for name in ("ips", "snips", "dr"):
        gap = getattr(one, name).value - getattr(other, name).value
        assert getattr(both, name).value == pytest.approx(gap)
    assert both.direct is None
    assert both.effective_sample_size == one.effective_sample_size  # the logging policy's is that of all rows


def test_against_the_policy_that_wrote_the_log() -> None:
    log, logging, policy = contextual(2000, 5)
    assert ends(compare(log, policy, None))[:6] == pytest.approx(ends(compare(log, policy, logging))[:6])
    assert compare(log, policy, None).dr is not None


def test_a_policy_is_not_different_from_itself() -> None:
    log, _, policy = contextual(2000, 6)
    found = compare(log, policy, policy).answer
    assert (found.low, found.value, found.high) == (0.0, 0.0, 0.0)
    assert not found.differs


def test_common_noise_cancels_in_a_difference() -> None:
    log, _, policy = contextual(2000, 7)
    nearly = 0.95 * policy + 0.05 / 3
    assert compare(log, policy, nearly).answer.standard_error < 0.2 * evaluate(log, policy).answer.standard_error


def test_a_comparison_is_refused_where_either_policy_is() -> None:
    log, _, policy = contextual(2000, 8)
    unknown = replace(log, actions=("a", "b", "c", "d"), expected=None)
    new = np.eye(4)[np.full(2000, 3)]
    known = np.column_stack([policy, np.zeros(2000)])
    for one, other in ((known, new), (new, known)):
        assert any(
            "100.0% of the policy's choices were never made there (d" in s for s in compare(unknown, one, other).refused
        )


@pytest.mark.parametrize("judge", [evaluate, lambda log, policy: compare(log, None, policy)])
def test_what_is_no_policy_is_an_error(judge: object) -> None:
    log, _, policy = contextual(100, 9)
    with pytest.raises(ValueError, match="100 of 100 rows of the policy are wrong"):
        judge(log, policy * 2 / 3)  # type: ignore[operator]


def world(rng: np.random.Generator, count: int, power: float) -> tuple[Log, float]:
    """A log in which the gift is rarest where it does most, and the true value of the gift to all."""
    x = rng.random(count)
    p = np.clip(x**power, 1e-4, 1 - 1e-4)
    made = (rng.random(count) < p).astype(np.intp)
    reward = (rng.random(count) < np.where(made == 1, 0.5 - 0.3 * x, 0.2)).astype(float)
    expected = np.tile([0.25, 0.3], (count, 1))  # a poor model
    return Log(("nothing", "gift"), made, reward, np.where(made == 1, p, 1 - p), np.arange(count), expected), 0.35


@pytest.mark.parametrize(("power", "slack"), [(0.3, 0.0), (0.9, 0.02)])
def test_intervals_cover_the_truth_as_often_as_they_say(power: float, slack: float) -> None:
    # 400 worlds: 4 binomial standard errors; `slack` more where weights are heavy-tailed and few of 1,000 rows decide.
    rng, level, found = np.random.default_rng(1), 0.9, []
    for _ in range(400):
        log, truth = world(rng, 1000, power)
        value = evaluate(log, np.tile([0.0, 1.0], (1000, 1)), level=level)
        if value.snips and value.dr:
            found.append([one.low <= truth <= one.high for one in (value.snips, value.dr)])
    assert len(found) > 350
    for covered in np.mean(found, axis=0):
        assert -slack < covered - level + 4 * sqrt(level * (1 - level) / len(found))
        assert covered - level < 4 * sqrt(level * (1 - level) / len(found))


def test_weights_too_heavy_for_an_interval_are_refused() -> None:
    # Of 1,000 rows about 25 are worth something: a normal interval would miss the truth every second time.
    rng, policy = np.random.default_rng(2), np.tile([0.0, 1.0], (1000, 1))
    assert all(evaluate(world(rng, 1000, 5.0)[0], policy).refused for _ in range(100))


def test_estimates_are_unbiased() -> None:
    rng, policy = np.random.default_rng(3), np.tile([0.0, 1.0], (500, 1))
    found = [evaluate(world(rng, 500, 0.3)[0], policy) for _ in range(400)]
    for name in ("ips", "dr"):
        values = [getattr(one, name).value for one in found]
        assert np.mean(values) == pytest.approx(0.35, abs=4 * float(np.std(values)) / sqrt(400))


def test_the_error_is_by_customer() -> None:
    log, _, policy = contextual(600, 10)
    twice = Log(
        ARMS, *(np.tile(v, 2) for v in (log.chosen, log.reward)), np.tile(log.propensity, 2), np.tile(log.group, 2)
    )  # type: ignore[arg-type]
    once = evaluate(replace(log, expected=None), policy).answer
    assert evaluate(twice, np.tile(policy, (2, 1))).answer.standard_error == pytest.approx(once.standard_error)
