"""Tenure in the loop by its real path: learned, everybody decided for, and told in the next week's records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.loop.company import Company, begin
from pipelines.loop.play import Played, play
from pipelines.loop.run import policy
from pipelines.loop.tenure import Tenure
from pipelines.market.setting import Setting

SETTING = Setting(customers=600, weeks=26, seed=2)
BUDGET = 20.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Company, Played, list[str]]:
    """Two weeks after 24 of history; models are learned in the first alone."""
    folder, company, said = tmp_path_factory.mktemp("tenure"), begin(SETTING, 24), list[str]()
    ours = Tenure(company, SETTING, policy(), folder, seed=2, relearn_weeks=13, trials=1, note=said.append)
    return folder, company, play(company, ours, weeks=2, budget=BUDGET), said


def test_it_learns_once_and_decides_every_week(lived: tuple[Path, Company, Played, list[str]]) -> None:
    _, company, _, said = lived
    assert company.week == 26
    assert [line for line in said if line.startswith("learning")] == ["learning response, effects"]
    assert [line for line in said if line.endswith("deciding")] == ["week 24: deciding", "week 25: deciding"]


def test_it_keeps_to_the_purse_as_far_as_it_can_know(lived: tuple[Path, Company, Played, list[str]]) -> None:
    """An acceptance costs 14 at most: chance alone strays by a few of them from what was expected."""
    assert lived[2].spent.sum() < 2 * BUDGET + 3 * 14.0


def test_its_decisions_are_the_next_weeks_treatments(lived: tuple[Path, Company, Played, list[str]]) -> None:
    folder, company, played, _ = lived
    told = pq.read_table(folder / "records" / "treatments" / "0025.parquet").to_pandas()
    contacted = told[told.offer_id != "control"]
    week = company.weeks[24]
    assert sorted(contacted.customer_id.astype(str).str[1:].astype(int)) == np.flatnonzero(week.action >= 0).tolist()
    assert len(contacted) == played.contacts[0]
    assert len(told) > 0.9 * company.known().sum()  # who is left alone was decided for, too
    assert told.decision_id.is_unique
    assert told.propensity.between(0.0, 1.0, inclusive="right").all()
