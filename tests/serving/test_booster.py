"""Boosters asked as one answer as they do alone."""

from __future__ import annotations

from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from configs.errors import StoreUnavailable
from serving.booster import read_booster, side_by_side
from tests.serving.effect_artefacts import grown


@pytest.mark.parametrize(
    "boosters",
    [
        [grown()],
        [grown(seed=1), grown(seed=2, objective="binary")],
        [grown(rounds=3), grown(rounds=17, seed=1), grown(rounds=1, seed=2)],  # the shorter ones end with no tree
    ],
    ids=["one", "of two objectives", "of different lengths"],
)
def test_side_by_side_is_each_alone_to_the_last_bit(boosters: list[lgb.Booster]) -> None:
    z = np.random.default_rng(9).normal(size=(50, 5))
    z[3, 0] = z[4, 4] = np.nan
    alone = np.column_stack([booster.predict(z, raw_score=True) for booster in boosters])
    together = np.asarray(side_by_side(boosters).predict(z, raw_score=True)).reshape(len(z), -1)
    assert together.tobytes() == np.ascontiguousarray(alone).tobytes()
    assert len(np.unique(together)) > 10


def test_a_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    booster, z = grown(), np.random.default_rng(1).normal(size=(20, 5))
    booster.save_model(tmp_path / "booster.txt")
    assert np.array_equal(read_booster(tmp_path / "booster.txt").predict(z), booster.predict(z))


def test_half_a_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "booster.txt"
    grown().save_model(path)
    path.write_text(path.read_text()[:2000])
    with pytest.raises(StoreUnavailable, match="the file is damaged"):
        read_booster(path)
