"""Decisions as formats weigh them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import pytest

from configs.errors import DataError
from pipelines.export import dsjson, open_bandit
from pipelines.export.logged import Cell, Logged
from tests.pipelines.export.by_hand import DECISION, changed


class Write(Protocol):
    def __call__(self, decisions: Iterable[Logged], path: Path) -> int: ...


@pytest.mark.parametrize("write", [dsjson.write, open_bandit.write])
@pytest.mark.parametrize("given", [0.0, None, 1.1, -0.1])
def test_what_has_no_probability_cannot_be_weighed(write: Write, given: Cell, tmp_path: Path) -> None:
    wrong = [changed(one, selection_probability=[0.5, given, 0.2]) for one in ("d2", "d3")]
    shown = given or 0.0
    with pytest.raises(DataError, match=f"^2 decisions have no probability, the first is d2 with {shown}: above 0"):
        write([DECISION, *wrong], tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


def test_a_probability_that_rounding_put_above_1_is_1() -> None:
    assert changed("d1", selection_probability=[0.0, 1.0000000000000002, 0.0]).probability == 1.0
