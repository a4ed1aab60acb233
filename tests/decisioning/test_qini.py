import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from decisioning.qini import qini, qini_curve, qini_interval

Vector = NDArray[np.float64]

# score, outcome, treated
TWELVE = np.array(
    [
        (0.9, 1, 1), (0.9, 0, 0), (0.8, 1, 1), (0.7, 0, 1), (0.6, 0, 0), (0.5, 1, 1),
        (0.5, 1, 0), (0.4, 0, 1), (0.3, 0, 0), (0.2, 0, 1), (0.1, 1, 0), (0.0, 0, 0),
    ]
).T  # fmt: skip


def simulated(n: int, seed: int, digits: int) -> tuple[Vector, Vector, Vector]:
    rng = np.random.default_rng(seed)
    x = rng.random(n)
    treated = (rng.random(n) < 0.4).astype(float)
    outcome = (rng.random(n) < 0.1 + 0.1 * x * treated).astype(float)
    return np.round(x, digits), outcome, treated


# Golden numbers: `sklift.metrics.qini_auc_score` of scikit-uplift 0.5.1.
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (tuple(TWELVE), 0.454609929078014),
        (simulated(3000, 1, 9), 0.084083956029863),
        (simulated(3000, 2, 1), 0.062032335932756),
        (simulated(40, 3, 1), -0.422188050110395),
    ],
)
def test_it_is_the_normalised_qini_of_scikit_uplift(rows: tuple[Vector, Vector, Vector], expected: float) -> None:
    assert qini(*rows) == pytest.approx(expected, abs=1e-12)


def test_the_curve_by_hand() -> None:
    curve = qini_curve(*TWELVE)
    # by score: .9 (1 treated of 1 answers, control 0 of 1), .8, .7, .6, .5 (treated 3 of 4; control 1 of 3), ...
    assert curve.rows[:6].tolist() == [0, 2, 3, 4, 5, 7]
    assert curve.gained[:6] == pytest.approx([0, 1, 2, 2, 2, 3 - 4 / 3])
    assert curve.gained[-1] == pytest.approx(3 - 2 * 6 / 6)


def test_knowing_every_outcome_is_one_and_its_opposite_is_below_zero() -> None:
    _, outcome, treated = simulated(500, 4, 9)
    hindsight = np.where(treated == 1, outcome, -outcome)
    assert qini(hindsight, outcome, treated) == 1.0
    assert qini(-hindsight, outcome, treated) < -0.5


def test_one_score_for_all_is_random() -> None:
    _, outcome, treated = simulated(500, 5, 9)
    assert qini(np.zeros(500), outcome, treated) == 0.0


@given(st.integers(0, 50), st.sampled_from([lambda s: 3 * s + 1, np.exp, lambda s: s**3]))
def test_only_the_order_counts(seed: int, monotone: object) -> None:
    score, outcome, treated = simulated(200, seed, 3)
    assert qini(monotone(score), outcome, treated) == qini(score, outcome, treated)  # type: ignore[operator]


@given(st.permutations(range(12)))
def test_the_order_of_the_file_does_not_count(order: list[int]) -> None:
    assert qini(*TWELVE[:, order]) == pytest.approx(qini(*TWELVE))


def test_a_weight_of_two_is_a_row_twice() -> None:
    rows = simulated(300, 6, 2)
    times = np.random.default_rng(0).integers(1, 4, 300)
    repeated = [np.repeat(column, times) for column in rows]
    assert qini(*rows, weight=times.astype(float)) == pytest.approx(qini(*repeated))


def test_the_interval_is_as_wide_as_the_spread_over_samples() -> None:
    # The spread of 60 samples is known to 1 / sqrt(2 x 59) = 9%, one bootstrap of 100 draws to 7%, and differs by
    # sample; 40% is beyond 3 standard errors of the ratio.
    values = [qini(*simulated(2000, seed, 9)) for seed in range(60)]
    found = qini_interval(*simulated(2000, 99, 9), np.arange(2000), rng=np.random.default_rng(0), draws=100)
    assert found.low < found.value < found.high
    assert found.standard_error == pytest.approx(float(np.std(values)), rel=0.4)


def test_the_interval_holds_customers_together() -> None:
    rows = simulated(400, 7, 9)
    once = qini_interval(*rows, np.arange(400), rng=np.random.default_rng(0))
    thrice = qini_interval(*(np.tile(column, 3) for column in rows), np.tile(np.arange(400), 3),
                           rng=np.random.default_rng(0))  # fmt: skip
    assert thrice.standard_error == pytest.approx(once.standard_error)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"score": np.full(12, np.nan)}, "12 of scores are NaN"),
        ({"outcome": np.full(12, np.nan)}, "12 of outcomes are NaN"),
        ({"treated": np.ones(12)}, "treated must hold both 0 and 1"),
        ({"treated": np.linspace(0, 1, 12)}, "treated must hold both 0 and 1"),
    ],
)
def test_what_is_not_a_contrast_is_refused(changed: dict[str, Vector], message: str) -> None:
    rows = {"score": TWELVE[0], "outcome": TWELVE[1], "treated": TWELVE[2], **changed}
    with pytest.raises(ValueError, match=message):
        qini(rows["score"], rows["outcome"], rows["treated"])


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"scores are NaN; 1 of outcomes are NaN; treated must"):
        qini(np.array([np.nan, 1.0]), np.array([1.0, np.nan]), np.ones(2))
