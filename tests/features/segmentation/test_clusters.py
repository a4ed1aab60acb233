from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.segmentation.boxes import HABITS
from features.segmentation.clusters import clusters

KINDS = {  # silent_days, purchases, spend, basket, discounted, change
    "often": (3, 20, 400, 20, 0.0, 0),
    "seldom": (25, 2, 40, 20, 0.0, 0),
    "bargains": (8, 8, 80, 10, 0.7, 0),
    "treats": (10, 4, 800, 200, 0.0, 0),
}


def _people(each: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = np.concatenate([np.array(kind) * rng.uniform(0.8, 1.2, (each, len(HABITS))) for kind in KINDS.values()])
    return pd.DataFrame(rows, columns=list(HABITS))


def test_four_kinds_of_customers_are_found_and_named_by_what_tells_them_apart() -> None:
    found = clusters(_people(100), seed=0)
    assert len(found) == len(KINDS)
    assert found[0].agreement == pytest.approx(1.0, abs=0.02)
    assert sum(box.share or 0 for box in found) == pytest.approx(1.0)
    assert any("discounts" in box.label for box in found)
    assert len({box.label for box in found}) == len(found)
    [bargains] = [box for box in found if "at discounts" in box.label]
    assert "of purchases at a discount" in bargains.words


def test_every_customer_lies_in_one_box() -> None:
    found, rows = clusters(_people(100), seed=0), _people(50, seed=1)
    inside = sum(
        np.logical_and.reduce([
            (above is None or rows[habit] > above) & (to is None or rows[habit] <= to)
            for habit, (above, to) in box.ranges.items()
        ]).astype(int)
        for box in found
    )  # fmt: skip
    assert (inside == 1).all()


def test_the_same_customers_make_the_same_segments() -> None:
    assert clusters(_people(60), seed=3) == clusters(_people(60), seed=3)


def test_customers_who_are_all_alike_are_one_segment() -> None:
    same = pd.DataFrame([KINDS["often"]] * 120, columns=list(HABITS), dtype=float)
    assert [(box.label, box.ranges) for box in clusters(same, seed=0)] == [("everybody", {})]
