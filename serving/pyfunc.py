"""Lets MLflow load an artefact as a pyfunc model: `mlflow.pyfunc.load_model("models:/tenure-churn@champion")`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.model import TrainedModel, load_model


class PyfuncModel:
    """MLflow's interface on a trained model."""

    def __init__(self, model: TrainedModel) -> None:
        self._model = model

    def predict(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """One prediction per row of a frame with the model's features."""
        return self._model.predict_frame(frame)


def _load_pyfunc(path: str) -> PyfuncModel:
    """The name MLflow calls, with the directory that training logged."""
    return PyfuncModel(load_model(Path(path), name="pyfunc", version="0"))
