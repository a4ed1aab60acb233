"""What every command begins with: the workspace, its dataset, its clock and its stores."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from configs.clock import clock_of
from configs.dataset import Dataset
from configs.errors import ConfigError, WorkspaceError
from configs.loading import load
from configs.profile import ENVIRONMENT, Profile, load_profile
from configs.workspace import Workspace

if TYPE_CHECKING:
    from features.store import Store

DATASETS = Path(__file__).parent.parent / "configs" / "datasets"
POLICIES = Path(__file__).parent.parent / "configs" / "policies"


@dataclass(frozen=True)
class Session:
    """An opened workspace."""

    workspace: Workspace
    dataset: Dataset
    profile: Profile
    clock: Callable[[], datetime]

    def store(self) -> Store:
        """The feature store. Importing Feast takes seconds, so it waits until a command needs it."""
        from features.store import Store

        return Store(self.workspace, self.dataset, self.profile)


def open_session(workspace: Workspace) -> Session:
    """The session of an ingested workspace. Raises WorkspaceError or ConfigError."""
    workspace.check()
    dataset = load(workspace.dataset, Dataset)
    profile = load_profile(os.environ.get(ENVIRONMENT, "local"))
    return Session(workspace, dataset, profile, clock_of(dataset))


def find_dataset(name: str) -> Dataset:
    """A shipped dataset by name, or one from a YAML file's path. Raises ConfigError naming those that ship."""
    return load(_find(name, DATASETS, "dataset"), Dataset)


def find_policy(name: str) -> Path:
    """The file of a shipped policy by name, or of one by its path. Raises ConfigError naming those that ship."""
    return _find(name, POLICIES, "policy")


def _find(name: str, folder: Path, what: str) -> Path:
    path = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
        raise ConfigError(f"{what} {name!r}: no such file; {known} ship with Tenure, or give the path of a YAML file")
    return path


@contextmanager
def only_one(workspace: Workspace, what: str) -> Iterator[None]:
    """Hold the workspace for one kind of work. Raises WorkspaceError at once where another process does it already."""
    path = workspace.root / f".{what}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceError(
                f"another `tenure {what}` is at work on {workspace.root}; wait for it to end"
            ) from error
        yield
