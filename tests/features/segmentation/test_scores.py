from __future__ import annotations

import numpy as np
import pandas as pd

from features.segmentation.boxes import FREQUENCY, MONETARY, POTENTIAL, RECENCY, Box
from features.segmentation.scores import scores


def _boxes(**columns: list[float]) -> dict[str, list[Box]]:
    size = len(next(iter(columns.values())))
    given = {name: columns.get(name, [np.nan] * size) for name in ("silent_days", "purchases", "spend")}
    found = scores(pd.DataFrame(given))
    return {name: [box for box in found if box.segment == name] for name in (RECENCY, FREQUENCY, MONETARY, POTENTIAL)}


def test_five_steps_of_as_many_customers_and_the_shortest_silence_is_best() -> None:
    values = [float(value) for value in range(1, 101)]
    found = _boxes(silent_days=values, purchases=values, spend=values)
    assert [box.label for box in found[FREQUENCY]] == ["1", "2", "3", "4", "5"]
    assert [box.label for box in found[RECENCY]] == ["5", "4", "3", "2", "1"]
    inside = [
        sum((above is None or value > above) and (to is None or value <= to) for value in values)
        for box in found[MONETARY]
        for above, to in [box.ranges["spend"]]
    ]
    assert inside == [20, 20, 20, 20, 20]


def test_potential_is_on_the_scale_of_money() -> None:
    found = _boxes(spend=[1.0, 2.0, 3.0, 4.0, 5.0])
    assert [box.ranges["best_spend"] for box in found[POTENTIAL]] == [box.ranges["spend"] for box in found[MONETARY]]


def test_a_score_that_nobody_can_have_is_left_out() -> None:
    found = _boxes(purchases=[1.0] * 90 + [9.0] * 10)
    assert [(box.label, box.ranges["purchases"]) for box in found[FREQUENCY]] == [
        ("1", (None, 1.0)),
        ("5", (1.0, None)),
    ]


def test_what_the_records_lack_has_no_scores() -> None:
    found = _boxes(spend=[1.0, 2.0])
    assert found[RECENCY] == found[FREQUENCY] == []
