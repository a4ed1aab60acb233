"""MLflow's door to an artefact."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from configs.errors import StoreUnavailable
from serving import pyfunc
from tests.serving.artefacts import artefact, model


def test_it_predicts_as_the_model_does(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x__days": [1.0, 30.0], "x__plan": ["gold", None]})
    expected = model(tmp_path, artefact()).predict_frame(frame)
    assert pyfunc._load_pyfunc(str(tmp_path)).predict(frame).tobytes() == expected.tobytes()


def test_an_empty_directory_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no model can be read"):
        pyfunc._load_pyfunc(str(tmp_path))
