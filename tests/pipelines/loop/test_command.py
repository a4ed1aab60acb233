"""`tenure simulate --loop`: what it refuses, and how the command line's words become a loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from configs.errors import ConfigError
from pipelines.loop import command
from pipelines.loop.run import Loop


def test_every_bad_setting_is_named_at_once(tmp_path: Path) -> None:
    bad = replace(Loop(), customers=10, weeks=1, budget=-1.0)
    with pytest.raises(ConfigError) as caught:
        command.run(tmp_path / "out", bad)
    assert list(caught.value.details) == [
        "customers: 10 given, 500 to 100,000 allowed",
        "weeks: 1 given, 2 to 104 allowed",
        "budget: -1 given, 0 or more allowed",
    ]
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ConfigError, match="not an empty folder"):
        command.run(tmp_path, Loop())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("given", "money", "judged_from"),
    [((4000, 26, 0, 1, None), 125.0, 12), ((8000, 10, 3, 2, None), 250.0, 5), ((1000, 4, 0, 1, 7.5), 7.5, 2)],
)
def test_money_grows_with_the_customers_unless_it_is_given(
    given: tuple[int, int, int, int, float | None], money: float, judged_from: int
) -> None:
    made = command.of(*given)
    assert (made.customers, made.weeks, made.budget, made.judged_from) == (given[0], given[1], money, judged_from)
    assert made.seeds == tuple(range(given[2], given[2] + given[3]))
