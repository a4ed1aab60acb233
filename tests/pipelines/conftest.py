"""A small company's workspace, ingested once; tests that change it take a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.workspace import Workspace
from pipelines import ingest
from pipelines.session import Session, find_dataset, open_session
from tests.e2e import company
from tests.pipelines.evaluation import decided
from tests.pipelines.evaluation.decided import Served


@dataclass(frozen=True)
class FakeStore:
    """In Feast's place: one feature that tells customers apart, one of chance."""

    def names(self, model: str) -> tuple[str, ...]:
        return ("profile__number", "profile__chance")

    def join(self, spine: pd.DataFrame, model: str) -> pd.DataFrame:
        assert "prediction" not in spine, "a spine holds what features are joined to, and no features of its own"
        number = spine.customer_id.str[1:].astype(float)
        return spine.assign(profile__number=number, profile__chance=np.random.default_rng(0).normal(size=len(spine)))


@dataclass(frozen=True)
class Storeless(Session):
    """A session whose features come from the fake store."""

    def store(self) -> FakeStore:  # type: ignore[override]
        return FakeStore()


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("company")
    workspace = Workspace(folder / "workspace")
    ingest.run(find_dataset(str(company.write(folder))), workspace)
    return open_session(workspace)


@pytest.fixture
def session(ingested: Session, tmp_path: Path) -> Session:
    """A copy, to be changed."""
    shutil.copytree(ingested.workspace.root, tmp_path / "workspace")
    return replace(ingested, workspace=Workspace(tmp_path / "workspace"))


@pytest.fixture
def storeless() -> Callable[[Session], Storeless]:
    return lambda given: Storeless(given.workspace, given.dataset, given.profile, given.clock)


@pytest.fixture(scope="session")
def opened(ingested: Session, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Served]:
    """Makes a company of the name given, in which nothing has been decided yet."""
    return lambda name: decided.company(ingested, tmp_path_factory.mktemp(name) / "workspace")


@pytest.fixture(scope="session")
def served(opened: Callable[[str], Served]) -> Served:
    return decided.three_rounds(opened("served"))
