"""The random policy on logs of clicks: refused where next to nothing speaks of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.effects_logs import as_it_should, random_from_bandit
from decisioning.off_policy import Value


def clicks(shares: tuple[float, ...], seed: int = 0) -> pd.DataFrame:
    """A bandit's log of 10,000 rows, in which items are shown with `shares`."""
    shown = np.random.default_rng(seed).choice(len(shares), 10_000, p=shares)
    return pd.DataFrame({"item_id": shown, "click": shown == 0, "propensity_score": np.array(shares)[shown]})


EVEN, GREEDY, CERTAIN = (0.5, 0.5), (0.97, 0.01, 0.01, 0.01), (0.9997, 0.0001, 0.0001, 0.0001)


@pytest.mark.parametrize(
    ("shares", "refused", "warned"), [(EVEN, False, False), (GREEDY, False, True), (CERTAIN, True, False)]
)
def test_what_a_log_can_say_of_showing_all_alike(shares: tuple[float, ...], refused: bool, warned: bool) -> None:
    found = random_from_bandit(clicks(shares))
    assert (bool(found.refused), bool(found.warnings) and not found.refused) == (refused, warned)
    if not refused:
        assert abs(found.answer.value - 1 / len(shares)) < 4 * found.answer.standard_error


@pytest.mark.parametrize(
    ("every", "men", "women", "expected"),
    [
        (GREEDY, GREEDY, CERTAIN, True),
        (EVEN, GREEDY, CERTAIN, False),  # an answer without a warning
        (GREEDY, CERTAIN, CERTAIN, False),  # refused what could be answered
        (GREEDY, GREEDY, GREEDY, False),  # answered what must be refused
    ],
)
def test_all_campaigns_must_be_as_they_should(
    every: tuple[float, ...], men: tuple[float, ...], women: tuple[float, ...], expected: bool
) -> None:
    values: dict[str, Value] = {
        name: random_from_bandit(clicks(shares)) for name, shares in (("all", every), ("men", men), ("women", women))
    }
    assert as_it_should(values) is expected
