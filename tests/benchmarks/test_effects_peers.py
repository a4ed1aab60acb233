from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.effects_peers import CEILING, FAIR, ORACLE, OURS, figures
from benchmarks.peers import Arms, learners

FOUND = pd.DataFrame(
    [
        (OURS, 3.0, 1.0, 0),
        ("EconML X", 2.0, 4.0, 0),
        ("EconML S", 1.0, 0.1, 0),
        (ORACLE, 5.0, np.nan, 0),
        (CEILING, 4.5, np.nan, 0),
        (OURS, 3.0, 3.0, 1),
        ("EconML X", 3.0, 12.0, 1),
        ("EconML S", 3.5, 0.1, 1),
        (ORACLE, 5.0, np.nan, 1),
        (CEILING, 4.5, np.nan, 1),
    ],
    columns=["who", "profit", "seconds", "seed"],
)


def test_the_best_peer_on_average_is_the_one_to_be_compared_with() -> None:
    found = figures(FOUND)
    assert found["peer_value_ratio"][0] == pytest.approx(3.0 / 2.5)
    assert found["peer_time_ratio"][0] == pytest.approx(2.0 / 8.0)  # of the best in value, not of the quickest
    assert found["oracle_share"][0] == pytest.approx(3.0 / 5.0)


def test_the_notes_say_with_whom_and_how_sure() -> None:
    value, time, share = (figures(FOUND)[name][2] for name in ("peer_value_ratio", "peer_time_ratio", "oracle_share"))
    assert "the best peer is EconML X, ours earns 0.500 more a customer (standard error over seeds 0.500)" in value
    assert FAIR in value
    assert "EconML S 0.1" in time
    assert "ceiling 0.900" in share


@pytest.mark.slow
def test_every_peer_finds_an_effect_that_is_there() -> None:
    pytest.importorskip("econml")
    pytest.importorskip("causalml")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3_000, 3))
    action = rng.choice(3, 3_000, p=[0.5, 0.25, 0.25])
    effect = np.column_stack([np.zeros(3_000), 4.0 * (x[:, 0] > 0), np.full(3_000, 2.0)])
    outcome = x[:, 1] + effect[np.arange(3_000), action] + rng.normal(size=3_000)
    arms = Arms(x, action, outcome, np.array([0.5, 0.25, 0.25]))
    for name, fit in learners().items():
        found = fit(arms)(x)
        assert found.shape == (3_000, 2), name
        # An unbiased estimate errs by 2 x 1 / sqrt(750) at most 5% of the time, regularised trees by some more.
        assert found.mean(axis=0) == pytest.approx(effect[:, 1:].mean(axis=0), abs=0.25), name
        assert np.corrcoef(found[:, 0], effect[:, 1])[0, 1] > 0.9, name
