from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from decisioning.exploration import Exploration as Rule
from monitoring.health.exploration import Exploration, Stated, exploration
from monitoring.health.rules import Ruled
from monitoring.inputs import Best

RULES = [
    Ruled("2", Rule("thompson", 0.05), ()),
    Ruled("1", Rule("epsilon", 0.02), ()),
    Ruled("2", Rule("thompson", 0.05), ()),
]


def decisions(*done: tuple[str | None, str | None]) -> pd.DataFrame:
    rows = [(f"d{number}", *one) for number, one in enumerate(done)]
    return pd.DataFrame(rows, columns=["decision_id", "offer_id", "channel"])


def explored(rng: np.random.Generator, promised: float, done: float, count: int) -> Exploration | None:
    """So many decisions, of which a share explores, promised another."""
    tried = rng.random(count) < done
    made = decisions(*(("B" if one else "A", "email") for one in tried))
    return exploration(made, {name: Best("A", "email", 1 - promised) for name in made["decision_id"]}, [])


def test_shares_are_counted_by_hand() -> None:
    made = decisions(("A", "email"), ("A", "sms"), (None, None), (None, None), ("A", "email"))
    best = {
        "d0": Best("A", "email", 0.9),
        "d1": Best("A", "email", 0.8),  # on another channel is another action
        "d2": Best(None, None, 0.9),
        "d3": Best("A", "email", 0.8),
    }
    found = exploration(made, best, RULES)
    assert (found.decisions, found.explored.value, found.expected) == (4, 0.5, pytest.approx(0.15))
    assert found.stated == (Stated("2", "thompson", 0.05), Stated("1", "epsilon", 0.02))
    assert not found.fails


def test_without_candidates_on_record_nothing_is_told() -> None:
    assert exploration(decisions(("A", "email")), {}, RULES) is None
    assert exploration(decisions().head(0), {}, RULES) is None


def test_what_comes_about_as_promised_is_doubted_no_more_often_than_stated() -> None:
    rng = np.random.default_rng(0)
    doubted = [explored(rng, 0.1, 0.1, 200).fails for _ in range(400)]
    assert np.mean(doubted) <= Exploration(1, None, 0, 0, ()).false_alarms + 3 * np.sqrt(0.001 / 400)


@pytest.mark.parametrize(
    ("promised", "done", "count", "fails"),
    [(0.1, 0.2, 1000, True), (0.1, 0.0, 1000, True), (0.0, 1.0, 30, True), (0.1, 0.0, 5, False), (0.0, 0.0, 9, False)],
)
def test_what_does_not_is_found(promised: float, done: float, count: int, fails: bool) -> None:
    assert explored(np.random.default_rng(1), promised, done, count).fails is fails
