"""A trained model as serving reads it: predictions on paper, and nothing damaged or foreign let in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.artefact import FILE
from configs.errors import DataError, StoreUnavailable
from features.vectors import Value
from serving.model import load_model
from tests.serving.artefacts import artefact, grown, model, write

BLEND = artefact(weight=0.5, boosters=("booster_0.txt",))


@pytest.mark.parametrize(
    ("row", "log_odds"),
    [
        ({"x__days": 10.0, "x__plan": "basic"}, -1.0),
        ({"x__days": 20.0, "x__plan": "gold"}, 3.0),
        ({"x__days": None, "x__plan": None}, -1.0),  # the training median, no level
        ({}, -1.0),
        ({"x__days": 15.0, "x__plan": "platinum"}, 0.0),
        ({"x__days": 1000.0}, -1.0 + 5),  # five standard deviations at most
        ({"x__days": "text", "x__plan": 3.0}, -1.0),  # a value of the wrong kind is no value
    ],
)
def test_a_prediction_on_paper(tmp_path: Path, row: dict[str, Value], log_odds: float) -> None:
    churn, value = model(tmp_path / "churn", artefact()), model(tmp_path / "value", artefact(link="log"))
    assert churn.predict([row])[0] == pytest.approx(1 / (1 + np.exp(-(0.1 + 0.5 * log_odds))))
    assert value.predict([row])[0] == pytest.approx(np.exp(log_odds))


def test_rows_frames_and_blends_agree(tmp_path: Path) -> None:
    blend = model(tmp_path, BLEND)
    frame = pd.DataFrame({"x__plan": ["gold", None, "basic"], "extra": 1, "x__days": [3.0, 12.0, np.nan]})
    rows = [{"x__days": 3.0, "x__plan": "gold"}, {"x__days": 12.0}, {"x__plan": "basic"}]
    assert blend.predict_frame(frame) == pytest.approx(blend.predict(rows), abs=1e-12)
    alone = model(tmp_path / "alone", artefact())
    assert not np.allclose(blend.predict(rows), alone.predict(rows))  # the boosters take part


def test_contributions_are_exact_for_the_linear_part(tmp_path: Path) -> None:
    row: dict[str, Value] = {"x__days": 20.0, "x__plan": "gold"}
    assert model(tmp_path, artefact()).contributions(row) == [("x__days", 1.0), ("x__plan", 1.0)]  # times the slope


def test_risk_thresholds_are_the_artefacts(tmp_path: Path) -> None:
    churn = model(tmp_path / "a", artefact(), version="9")
    plain = model(tmp_path / "b", artefact().model_copy(update={"risk_bands": None}))
    assert (churn.name, churn.version, churn.risk_thresholds) == ("tenure-churn", "9", (0.4, 0.6))
    assert plain.risk_thresholds == (0.5, 0.8)


def test_a_feature_that_is_not_in_the_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="tenure-churn version 1 needs features that are not there: x__days, x__plan"):
        model(tmp_path, artefact()).predict_frame(pd.DataFrame({"y": [1.0]}))


def cut(share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / "booster_0.txt"
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])

    return damage


def changed(**values: object) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = json.loads((folder / FILE).read_text())
        (folder / FILE).write_text(json.dumps({**content, **values}))

    return damage


def binary(folder: Path) -> None:
    (folder / "booster_0.txt").write_bytes(b"\xff\xfe\x00")


def foreign(folder: Path) -> None:
    grown(columns=3).save_model(folder / "booster_0.txt")


def spliced(folder: Path) -> None:
    """A tree in the middle lost: LightGBM would end the process."""
    path = folder / "booster_0.txt"
    lines = path.read_text().split("\n\n")
    path.write_text("\n\n".join(lines[:5] + lines[7:]))


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    **{f"cut to {share:.0%}": (cut(share), "cannot be read") for share in (0, 0.01, 0.1, 0.5, 0.9, 0.99)},
    "no booster": (lambda folder: (folder / "booster_0.txt").unlink(), "a booster cannot be read"),
    "not text": (binary, "a booster cannot be read"),
    "spliced": (spliced, "the file is damaged"),
    "of other columns": (foreign, "a booster has 3 columns, the artefact 2"),
    "no artefact": (lambda folder: (folder / FILE).unlink(), "no model can be read from it"),
    "half an artefact": (lambda folder: (folder / FILE).write_text('{"format": 1, "mod'), "no model can be read"),
    "a later format": (changed(format=2), "artefact format 2, this Tenure reads 1"),
    "an unknown field": (changed(secret=1), "no model can be read"),
    "fewer coefficients": (changed(linear={"coefficients": [1.0], "intercept": 0.0}), "1 coefficients for 2 columns"),
    "no linear part": (changed(linear=None), "the blend needs a part"),
    "no boosters listed": (changed(boosters=[]), "the blend needs a part"),
    "a column of nothing": (changed(sources=[{"name": "x__days"}]), "a column is of a feature that the artefact"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES.keys())
def test_what_is_damaged_or_foreign_is_refused(tmp_path: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(write(tmp_path, BLEND))
    with pytest.raises(StoreUnavailable, match=message):
        load_model(tmp_path, name="tenure-churn", version="1")
