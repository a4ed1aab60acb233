"""What training writes for serving and monitoring."""

from __future__ import annotations

from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd

from configs.artefact import FILE, REFERENCE, read_artefact
from tests.training.worlds import FEATURES
from training import artefact
from training.fit import Fitted
from training.problem import Problem


def test_the_files_are_text_and_a_reference(churn: tuple[Problem, Fitted], tmp_path: Path) -> None:
    problem, fitted = churn
    artefact.write(fitted, problem, tmp_path / "artefact")
    names = {path.name for path in (tmp_path / "artefact").iterdir()}
    assert names == {FILE, REFERENCE, *fitted.artefact.boosters}
    assert read_artefact(tmp_path / "artefact") == fitted.artefact
    for name, booster in zip(fitted.artefact.boosters, fitted.boosters, strict=True):
        assert lgb.Booster(model_file=str(tmp_path / "artefact" / name)).num_trees() == booster.num_trees()


def test_the_reference_is_what_serving_should_keep_looking_like(churn: tuple[Problem, Fitted], tmp_path: Path) -> None:
    problem, fitted = churn
    artefact.write(fitted, problem, tmp_path)
    reference = pd.read_parquet(tmp_path / REFERENCE)
    assert list(reference) == ["customer_id", "as_of", *FEATURES, "p_churn"]
    keys = ["customer_id", "as_of"]
    judged = problem.rows.iloc[fitted.judged][keys].assign(out_of_fold=fitted.out_of_fold)
    found = reference.merge(judged, on=keys)
    assert len(found) == len(reference) == reference.customer_id.nunique()
    assert reference.as_of.nunique() == judged.as_of.nunique() > 1
    assert found.p_churn.tolist() == found.out_of_fold.tolist()


def test_a_large_company_leaves_a_part(value: tuple[Problem, Fitted], tmp_path: Path) -> None:
    problem, fitted = value
    artefact.write(fitted, problem, tmp_path, most=100)
    reference = pd.read_parquet(tmp_path / REFERENCE)
    assert len(reference) == 100
    assert np.isfinite(reference.p_value).all()
