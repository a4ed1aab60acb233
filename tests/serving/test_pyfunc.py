"""MLflow's door to an artefact."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from configs.errors import DataError, StoreUnavailable
from serving import pyfunc
from tests.serving import effect_artefacts
from tests.serving.artefacts import artefact, model


def test_it_predicts_as_the_model_does(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x__days": [1.0, 30.0], "x__plan": ["gold", None]})
    expected = model(tmp_path, artefact()).predict_frame(frame)
    assert pyfunc._load_pyfunc(str(tmp_path)).predict(frame).tobytes() == expected.tobytes()


def test_an_empty_directory_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no model can be read"):
        pyfunc._load_pyfunc(str(tmp_path))


def test_effects_are_columns_by_target(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "recency__purchase_days": [10.0, 20.0],
            "profile__plan": [None, "gold"],
            "affinity__accepted": 0.0,
            "offers__kind": ["A", "B"],
            "channel": "email",
            "offer_id": ["o1_A", "new_B"],
        },
        index=[7, 3],
    )
    effect_artefacts.write(tmp_path, effect_artefacts.artefact())
    found = pyfunc._load_pyfunc(str(tmp_path)).predict(frame)
    assert list(found) == [
        *("uplift", "uplift_low", "uplift_high"),
        *("margin_uplift", "margin_uplift_low", "margin_uplift_high"),
    ]
    assert found.uplift.to_dict() == pytest.approx({7: 0.03, 3: 0.03 + 0.02 + 0.01 - 0.08})
    assert found.margin_uplift.tolist() == pytest.approx([1.0, -3.0])
    widths = (found.uplift_high - found.uplift_low).tolist()
    assert widths[1] == pytest.approx(2 * widths[0])  # an offer that was never made
    assert pyfunc._load_pyfunc(str(tmp_path)).predict(frame.drop(columns="offer_id")).uplift.equals(found.uplift)


def test_a_missing_feature_of_the_effects_is_named(tmp_path: Path) -> None:
    effect_artefacts.write(tmp_path, effect_artefacts.artefact())
    with pytest.raises(DataError, match="needs features that are not there: affinity__accepted, channel"):
        pyfunc._load_pyfunc(str(tmp_path)).predict(
            pd.DataFrame({"recency__purchase_days": [1.0], "profile__plan": "gold", "offers__kind": "A"})
        )
