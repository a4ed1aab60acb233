"""Writes what serving reads: LightGBM text and JSON, and a sample of the training features for monitoring."""

from __future__ import annotations

from pathlib import Path

from configs.artefact import FILE, REFERENCE
from training.fit import Fitted
from training.problem import Problem
from training.reference import panel

REFERENCE_ROWS = 10_000


def write(fitted: Fitted, problem: Problem, folder: Path, *, most: int = REFERENCE_ROWS) -> None:
    """The artefact's files in `folder`: JSON, boosters, and `reference.parquet`.

    The reference holds a panel of the rows that folds judged, at most `most`: customer_id, as_of, the features, and
    `p_<model>`, their out-of-fold prediction. It is what serving should keep looking like.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(fitted.artefact.model_dump_json(indent=1))
    for name, booster in zip(fitted.artefact.boosters, fitted.boosters, strict=True):
        booster.save_model(folder / name)
    judged = problem.rows.iloc[fitted.judged]
    drawn = panel(judged, most)
    rows, names = judged.iloc[drawn], [source.name for source in fitted.artefact.sources]
    predicted = {f"p_{problem.model}": fitted.out_of_fold[drawn]}
    reference = rows[["customer_id", "as_of", *names]].assign(**predicted)
    reference.to_parquet(folder / REFERENCE, index=False)
