"""What models see of customers beside actions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from configs.artefact import Source
from configs.errors import DataError
from features.encoding import RowEncoder
from serving.pairs import pairs

SOURCES = [Source(name=name) for name in ("purchases__spend", "affinity__taken", "offers__cost")]
CUSTOMERS = pa.table(
    {"purchases__spend": [10.0, 20.0, 30.0], "affinity__taken@gift": [1.0, 2.0, 3.0], "affinity__taken@call": [7.0] * 3}
)


def test_an_action_stands_beside_those_who_are_asked_about() -> None:
    seen = pairs(SOURCES, RowEncoder(SOURCES), CUSTOMERS, ("gift", "call"), "response 1")
    assert seen.beside({"offers__cost": 2.5}, "gift").tolist() == [[10, 1, 2.5], [20, 2, 2.5], [30, 3, 2.5]]
    assert seen.beside({"offers__cost": 4.0}, "call", np.array([2, 0])).tolist() == [[30, 7, 4], [10, 7, 4]]
    assert seen.beside({}, "gift", np.array([], np.intp)).shape == (0, 3)


def test_of_a_kind_that_nobody_was_made_nothing_is_known() -> None:
    seen = pairs(SOURCES, RowEncoder(SOURCES), CUSTOMERS, ("gift", "call"), "response 1")
    [row] = seen.beside({"offers__cost": 1.0}, "points", np.array([1]))
    np.testing.assert_array_equal(row, [20, np.nan, 1])


def test_a_feature_that_the_table_lacks_is_named() -> None:
    with pytest.raises(DataError, match="response 1 needs features that are not there: affinity__taken"):
        pairs(SOURCES, RowEncoder(SOURCES), CUSTOMERS, ("points",), "response 1")
