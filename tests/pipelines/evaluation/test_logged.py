import numpy as np
import pandas as pd
import pytest

from configs.errors import DataError
from pipelines.evaluation.logged import NOTHING, Key, Prices, Reward, known_rewards, left_out, log_of, name, rewards
from tests.serving.fakes import offer

PRICES = Prices.of([offer("o1"), offer("o2")], {"email": 0.1})  # an acceptance costs 2
ACTIONS: list[Key] = [NOTHING, ("o1", "email"), ("o1", "sms"), ("gone", "email")]
ROWS = pd.DataFrame(
    {"retention": [1, 0, 1, np.nan], "margin": [5.0, 6.0, 7.0, 8.0], "accepted": [np.nan, 1.0, 0.5, 1.0]}
)


@pytest.mark.parametrize(
    ("reward", "expected"),
    [
        ("retention", [1, 0, 1, np.nan]),
        ("margin", [5, 6, 7, 8]),
        ("acceptance", [0, 1, 0.5, 1]),
        ("profit", [5, 6 - 2 - 0.1, 7 - 1, 8 - 0.1]),  # an offer that left the catalogue has no known cost
    ],
)
def test_rewards(reward: Reward, expected: list[float]) -> None:
    assert rewards(reward, ROWS, ACTIONS, PRICES) == pytest.approx(np.array(expected, float), nan_ok=True)


def test_an_acceptance_that_is_not_known_leaves_profit_unknown() -> None:
    rows = ROWS.assign(accepted=np.nan)
    assert np.isnan(rewards("profit", rows, ACTIONS, PRICES)).tolist() == [False, True, True, True]


def test_rows_without_the_reward_are_told_apart() -> None:
    assert known_rewards(np.array([1.0, np.nan, np.inf]), "margin").tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("reward", "message"),
    [
        ("profit", "no row of the log has a profit; ask for retention or acceptance"),
        ("margin", "no row of the log has a margin; ask for retention or acceptance"),
        ("retention", "no row of the log has a retention; ask for another reward"),
    ],
)
def test_a_log_without_the_reward_is_an_error(reward: Reward, message: str) -> None:
    with pytest.raises(DataError, match=message):
        known_rewards(np.full(3, np.nan), reward)


@pytest.mark.parametrize(("key", "words"), [(NOTHING, "nothing"), (("o1", "email"), "o1 by email"), (("o1", ""), "o1")])
def test_names(key: Key, words: str) -> None:
    assert name(key) == words


@pytest.mark.parametrize(("count", "notes"), [(0, ()), (1200, ("1,200 rows left out: late",))])
def test_left_out(count: int, notes: tuple[str, ...]) -> None:
    assert left_out(count, "late") == notes


def make(propensity: list[float] | None) -> object:
    return log_of(
        [NOTHING, ("o1", "email")],
        chosen=np.array([0, 1, 1]),
        reward=np.zeros(3),
        propensity=None if propensity is None else np.array(propensity),
        customers=pd.Series(["b", "a", "b"]),
        expected=None,
        possible=np.ones((3, 2), bool),
    )


def test_a_log_numbers_customers_and_names_actions() -> None:
    log = make([0.5, 0.5, 0.5])
    assert (log.actions, log.group.tolist()) == (("nothing", "o1 by email"), [0, 1, 0])  # type: ignore[attr-defined]


def test_propensities_that_are_none_are_an_error_of_the_data() -> None:
    with pytest.raises(DataError, match=r"the log cannot be used: 2 of 3 propensities are wrong, the first is 0.0"):
        make([0.0, 0.5, np.nan])
    assert make(None)
