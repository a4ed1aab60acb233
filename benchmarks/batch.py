"""Batch scoring from feature tables to a Parquet of scores, to the booster alone on a matrix in memory."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import company, world
from benchmarks.results import record
from benchmarks.timing import compare
from configs.training import Training
from configs.workspace import Workspace
from features.catalogue import views
from features.compute import file_name, folder
from features.encoding import Encoder, Matrix, from_frame, from_table
from features.everybody import everybody
from features.sources import connect, literal
from features.views.view import CUSTOMER
from pipelines.session import Session
from serving.batch import score_table
from serving.model import THREADS, TrainedModel, load_model
from training import artefact, booster, fit
from training.problem import Problem

ROWS = 1_000_000
TREES = 300
ROUNDS = 3


def measure() -> None:
    """Record the ratio of customers scored per second."""
    session = company.served()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        workspace = widened(session, Workspace(place / "workspace"), ROWS)
        model = churn_model(session, place / "model")
        matrix = encoded(workspace, session, model)
        [trees] = model.boosters
        compared = compare(
            lambda: score_table(
                everybody(workspace, session.dataset, world.NOW), churn=model, value=None, path=place / "scores.parquet"
            ),
            lambda: trees.predict(matrix, num_threads=THREADS),
            rounds=ROUNDS,
        )
    record(
        "loop.batch_ratio",
        round(1 / compared.ratio, 2),
        reach=">= 0.6",
        floor=round(ROWS / compared.floor_seconds),
        note=(
            f"{ROWS / compared.ours_seconds:,.0f} customers a second from feature tables to a Parquet file, against "
            f"{ROWS / compared.floor_seconds:,.0f} of raw Booster.predict; {ROWS:,} rows, {TREES} trees on "
            f"{matrix.shape[1]} columns, {THREADS} thread(s) of LightGBM on both sides; median of {ROUNDS} "
            f"alternating rounds, {compared.spread}"
        ),
    )


def widened(session: Session, workspace: Workspace, rows: int) -> Workspace:
    """A workspace whose only snapshot repeats the company's customers under new ids until there are `rows` of them."""
    copies = -(-rows // company.CUSTOMERS)
    with connect() as connection:
        for view in views(session.dataset):
            if view.entities != CUSTOMER:
                continue
            path = folder(workspace, view) / file_name(world.NOW)
            path.parent.mkdir(parents=True)
            source = literal(str(folder(session.workspace, view) / path.name))
            connection.execute(
                f"COPY (SELECT customer_id || '-' || copy AS customer_id, * EXCLUDE (customer_id, copy) "
                f"FROM read_parquet({source}), range({copies}) AS copies(copy)) "
                f"TO {literal(str(path))} (FORMAT parquet)"
            )
    return workspace


def churn_model(session: Session, place: Path) -> TrainedModel:
    """A churn model by the product's training, its booster grown to TREES, as serving reads it."""
    problem = company.sample(session, "churn")
    settings = Training(trials=1, max_rounds=TREES)
    fitted = fit.fit(problem, settings)
    grown = booster.fit(_seen_by_trees(fitted, problem), problem.label, "binary", fitted.found.shape, TREES, settings)
    blended = fitted.artefact.model_copy(update={"weight": 0.5, "boosters": ("booster_0.txt",)})
    artefact.write(replace(fitted, artefact=blended, boosters=grown), problem, place)
    return load_model(place, name="tenure-churn", version="1")


def encoded(workspace: Workspace, session: Session, model: TrainedModel) -> Matrix:
    """What the booster sees of every customer, in the order in memory that it likes best."""
    table = pa.concat_tables(everybody(workspace, session.dataset, world.NOW))
    z = model.encoder(from_table(model.artefact.sources, table))
    return np.ascontiguousarray(z[:, model.encoder.for_trees])


def _seen_by_trees(fitted: fit.Fitted, problem: Problem) -> Matrix:
    encoder = Encoder(fitted.artefact.columns)
    return encoder(from_frame(fitted.artefact.sources, problem.rows))[:, encoder.for_trees]
