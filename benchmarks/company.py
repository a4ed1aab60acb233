"""The made-up company as a workspace that can be served: features online, three champions. Built once, kept."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import world
from configs.registry import MODELS
from configs.training import Training
from configs.workspace import Workspace
from features.snapshots import matured
from features.tables import open_tables
from pipelines import features, ingest
from pipelines.session import Session, open_session
from pipelines.train import TASKS
from training import fit, registry, tasks, tracking
from training.problem import Problem

CUSTOMERS = 100_000
TAUGHT = 20_000  # rows a model learns from: enough for trees of the usual size
DONE = "done"


def cache() -> Path:
    """Where workspaces of the benchmark stay between runs."""
    return Path(tempfile.gettempdir()) / "tenure-benchmark"


def served(customers: int = CUSTOMERS) -> Session:
    """The session of a workspace of so many customers, built on the first call and kept in the temporary folder."""
    root = cache() / f"company-{customers}"
    if not (root / DONE).exists():
        shutil.rmtree(root, ignore_errors=True)
        _build(root, customers)
        (root / DONE).touch()
    return open_session(Workspace(root / "workspace"))


def _build(root: Path, customers: int) -> None:
    dataset = world.generate(root / "records", customers)
    workspace = Workspace(root / "workspace")
    _say("ingesting")
    ingest.run(dataset, workspace)
    session = open_session(workspace)
    features.run(session, lambda view, done, total: _say(f"features: {view} {done}/{total}"))
    _train(session)


def sample(session: Session, model: str) -> Problem:
    """TAUGHT labelled rows of one of the company's learning tasks."""
    now = session.clock()
    opened = open_tables(session.workspace)
    known = matured(features.regular(session, opened, now), session.dataset, now)
    past = tasks.Past(session.dataset, opened, session.store(), known, now)
    problem = TASKS[model](past)
    rows = np.random.default_rng(0).permutation(len(problem.rows))[:TAUGHT]
    return problem.take(np.sort(rows))


def _train(session: Session) -> None:
    """A champion of each model, by the product's own training; the gate is not asked."""
    settings = Training(trials=1, max_rounds=300)
    for model in MODELS:
        _say(f"training {model}")
        problem = sample(session, model)
        version = tracking.log(session.workspace, problem, fit.fit(problem, settings), [])
        registry.promote(session.workspace, model, version.version)


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
