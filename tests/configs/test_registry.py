from __future__ import annotations

from pathlib import Path

from configs.registry import MODELS, registered_name, tracking_uri
from configs.workspace import Workspace


def test_names_that_training_and_serving_share(tmp_path: Path) -> None:
    names = ["tenure-churn", "tenure-value", "tenure-response", "tenure-effects"]
    assert [registered_name(model) for model in MODELS] == names
    assert tracking_uri(Workspace(tmp_path)) == f"sqlite:///{tmp_path}/mlflow.db"
    assert tracking_uri(Workspace(Path("here"))) == f"sqlite:///{Path.cwd()}/here/mlflow.db"
