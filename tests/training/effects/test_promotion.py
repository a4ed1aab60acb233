"""The gate of effects, on held-out gains of known quality."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from training.effects.promotion import EffectGate, judge
from training.promotion import Verdict

GATE = EffectGate()
NOISE = 1.0  # standard deviation of a gain around the true effect, as in a log of amounts


def world(seed: int, rows: int = 4000, *, average: float = 0.1, spread: float = 0.2) -> tuple[pd.DataFrame, np.ndarray]:
    """Held-out rows of one offer, and the true effects: a trait moves them, `average` in the mean."""
    rng = np.random.default_rng(seed)
    effect = average + spread * rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(rows)],
            "as_of": pd.Timestamp("2023-01-01", tz="UTC"),
            "offer_id": "ten_off",
            "channel": "email",
            "target": "margin",
            "treated": rng.integers(0, 2, rows),
            "weight": 1.0,
            "gain": effect + NOISE * rng.normal(size=rows),
        }
    )
    return frame, effect


def failed(verdict: Verdict) -> list[str]:
    return [reason.check for reason in verdict.reasons if not reason.passed]


def test_effects_that_do_good_go_live() -> None:
    frame, effect = world(0)
    verdict = judge(frame.assign(uplift=effect), None, GATE)
    assert verdict.promote
    assert [reason.check for reason in verdict.reasons] == ["effect on margin", "ranking by effect on margin"]
    assert verdict.reasons[0].said.startswith("the best 20% of contacts change it by +0.4111 each")


@pytest.mark.parametrize(
    ("average", "spread", "sign", "said"),
    [
        pytest.param(-0.3, 0.05, 1, ["effect on margin"], id="an offer that drives customers away"),
        pytest.param(0.0, 0.2, -1, ["effect on margin", "ranking by effect on margin"], id="a ranking upside down"),
    ],
)
def test_what_does_harm_is_refused(average: float, spread: float, sign: int, said: list[str]) -> None:
    frame, effect = world(1, average=average, spread=spread)
    verdict = judge(frame.assign(uplift=sign * effect), None, GATE)
    assert (verdict.promote, failed(verdict)) == (False, said)


def test_no_effect_passes_in_one_of_forty_at_most() -> None:
    """The lower end of a 95% interval exceeds a true zero in 2.5% of worlds; the bound is its 99.9% quantile."""
    worlds = 200
    rng = np.random.default_rng(7)
    passed = 0
    for seed in range(worlds):
        frame, _ = world(seed, rows=500, average=0.0, spread=0.0)
        passed += judge(frame.assign(uplift=rng.normal(size=500)), None, GATE).promote
    assert passed <= binom.ppf(0.999, worlds, 0.025)


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        pytest.param("truth", "truth", [], id="as good"),
        pytest.param("truth", "random", [], id="better"),
        pytest.param("random", "truth", ["effect on margin against the champion"], id="worse"),
    ],
)
def test_against_the_champion(new: str, old: str, said: list[str]) -> None:
    frame, effect = world(2, rows=6000, average=0.2)
    uplift = {"truth": effect, "random": np.random.default_rng(3).normal(size=len(effect))}
    verdict = judge(frame.assign(uplift=uplift[new]), frame.assign(uplift=uplift[old]), GATE)
    assert failed(verdict) == said


def test_versions_that_share_no_rows_cannot_be_compared() -> None:
    frame, effect = world(3)
    other = frame.assign(uplift=effect, customer_id="d" + frame.customer_id)
    verdict = judge(frame.assign(uplift=effect), other, GATE)
    assert failed(verdict) == ["effect on margin against the champion"]
    assert "only 0 rows judged by both, 200 needed" in verdict.reasons[-1].said


def test_an_effect_the_champion_does_not_know_is_not_held_against_it() -> None:
    frame, effect = world(4)
    verdict = judge(frame.assign(uplift=effect), frame.assign(uplift=effect, target="retention"), GATE)
    assert verdict.promote
    assert verdict.reasons[-1].said == "the champion does not know this effect"
