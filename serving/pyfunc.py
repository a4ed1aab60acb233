"""Lets MLflow load an artefact as a pyfunc model: `mlflow.pyfunc.load_model("models:/tenure-churn@champion")`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.effects import FILE
from configs.errors import DataError
from features.encoding import from_frame
from serving.batch import TARGETS
from serving.effects import EffectModel, load_effects
from serving.model import TrainedModel, load_model


class PyfuncModel:
    """MLflow's interface on a trained model."""

    def __init__(self, model: TrainedModel) -> None:
        self._model = model

    def predict(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """One prediction per row of a frame with the model's features."""
        return self._model.predict_frame(frame)


class PyfuncEffects:
    """MLflow's interface on trained effects."""

    def __init__(self, model: EffectModel) -> None:
        self._model = model

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Each target's uplift with its interval, per row of a frame with the model's features.

        Where the frame names `offer_id`, an offer that was never made has the wider interval of its attributes. Raises
        DataError.
        """
        artefact = self._model.artefact
        if missing := sorted({source.name for source in artefact.sources} - set(frame)):
            raise DataError(f"{self._model.name} needs features that are not there: {', '.join(missing)}")
        tried = frame["offer_id"].map(artefact.tried).to_numpy(np.bool_) if "offer_id" in frame else True
        measured = self._model.measure(from_frame(artefact.sources, frame), tried)
        columns = {
            f"{TARGETS[target]}{end}": values
            for target, interval in measured.items()
            for end, values in zip(("", "_low", "_high"), interval, strict=True)
        }
        return pd.DataFrame(columns, index=frame.index)


def _load_pyfunc(path: str) -> PyfuncModel | PyfuncEffects:
    """The name MLflow calls, with the directory that training logged."""
    folder = Path(path)
    if (folder / FILE).exists():
        return PyfuncEffects(load_effects(folder, name="pyfunc", version="0"))
    return PyfuncModel(load_model(folder, name="pyfunc", version="0"))
