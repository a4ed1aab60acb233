"""The made-up company as a workspace that can be served: features online, three champions. Built once, kept."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import world
from configs.dataset import Dataset
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
    return kept(f"company-{customers}", lambda root: _build(root, customers))


def kept(name: str, build: Callable[[Path], None]) -> Session:
    """The session of the workspace that `build` makes under a folder, made once."""
    root = cache() / name
    if not (root / DONE).exists():
        shutil.rmtree(root, ignore_errors=True)
        build(root)
        (root / DONE).touch()
    return open_session(Workspace(root / "workspace"))


def _build(root: Path, customers: int) -> None:
    session = ingested(world.generate(root / "records", customers), root / "workspace")
    features.run(session, lambda view, done, total: say(f"features: {view} {done}/{total}"))
    train(session, session.workspace)


def ingested(dataset: Dataset, root: Path) -> Session:
    """A workspace with its records taken in."""
    say("ingesting")
    ingest.run(dataset, Workspace(root))
    return open_session(Workspace(root))


def sample(session: Session, model: str) -> Problem:
    """TAUGHT labelled rows of one of the company's learning tasks."""
    now = session.clock()
    opened = open_tables(session.workspace)
    known = matured(features.regular(session, opened, now), session.dataset, now)
    past = tasks.Past(session.dataset, opened, session.store(), known, now)
    problem = TASKS[model](past)
    rows = np.random.default_rng(0).permutation(len(problem.rows))[:TAUGHT]
    return problem.take(np.sort(rows))


def train(session: Session, workspace: Workspace) -> None:
    """A champion of each model in `workspace`, by the product's own training on `session`; the gate is not asked."""
    settings = Training(trials=1, max_rounds=300)
    for model in TASKS:
        say(f"training {model}")
        problem = sample(session, model)
        version = tracking.log(workspace, problem, fit.fit(problem, settings), [])
        registry.promote(workspace, model, version.version)


def say(text: str) -> None:
    """What a long run is at."""
    print(f"  {text}", file=sys.stderr, flush=True)
