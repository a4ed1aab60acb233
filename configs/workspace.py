"""Where things are: the layout of a workspace directory, which holds all state of one dataset."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from configs.errors import StoreUnavailable, WorkspaceError

VERSION = 1
ENVIRONMENT = "TENURE_WORKSPACE"


@dataclass(frozen=True)
class Workspace:
    """Paths under one root. Nothing is created by asking for a path."""

    root: Path

    @property
    def marker(self) -> Path:
        """`workspace.json`: {"version", "dataset"}."""
        return self.root / "workspace.json"

    @property
    def dataset(self) -> Path:
        """The mapping this workspace was ingested with."""
        return self.root / "dataset.yaml"

    @property
    def policy(self) -> Path:
        """The decision policy in force."""
        return self.root / "policy.yaml"

    @property
    def tables(self) -> Path:
        """Canonical tables: `tables/<table>/records.parquet`, sorted by customer."""
        return self.root / "tables"

    @property
    def quarantine(self) -> Path:
        """Rows that break the contract: `quarantine/<table>.parquet`."""
        return self.root / "quarantine"

    @property
    def features(self) -> Path:
        """Feature tables: `features/<view>/<as_of>.parquet`."""
        return self.root / "features"

    @property
    def segmentation(self) -> Path:
        """The ranges of habits that make segments."""
        return self.root / "segmentation.parquet"

    @property
    def feast(self) -> Path:
        """Feast's registry and the embedded online store."""
        return self.root / "feast"

    @property
    def ledger(self) -> Path:
        """The SQLite ledger of decisions, outcomes and events."""
        return self.root / "ledger.db"

    @property
    def mlflow(self) -> Path:
        """The MLflow tracking and registry database."""
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """MLflow's artifacts."""
        return self.root / "mlartifacts"

    @property
    def scores(self) -> Path:
        """Batch scores: `scores/<as_of>.parquet`."""
        return self.root / "scores"

    @property
    def campaigns(self) -> Path:
        """Decisions made in batch: `campaigns/<campaign_id>.parquet`."""
        return self.root / "campaigns"

    @property
    def ingested(self) -> Path:
        """What the last ingestion counted."""
        return self.root / "ingest.json"

    @property
    def report(self) -> Path:
        """The retention report as a site: `report/index.html`, the newest overwriting."""
        return self.root / "report"

    @property
    def early_warning(self) -> Path:
        """The customers whose risk rose most, by name: the one thing a monitoring run writes that is no aggregate."""
        return self.root / "early-warning.csv"

    @property
    def evidently(self) -> Path:
        """An Evidently workspace: what each monitoring run measured, for `evidently ui`."""
        return self.root / "evidently"

    def create(self, dataset: str) -> None:
        """Make the root and its marker; keep an existing one of the same dataset.

        Raises WorkspaceError where the root holds another dataset or an older version.
        """
        if self.marker.exists():
            self.check()
            if (held := self._read_marker()["dataset"]) != dataset:
                raise WorkspaceError(
                    f"{self.root} holds dataset {held!r}, not {dataset!r}; "
                    "give another --workspace, so that they never mix"
                )
            return
        self.root.mkdir(parents=True, exist_ok=True)
        with replacing(self.marker) as path:
            path.write_text(json.dumps({"version": VERSION, "dataset": dataset}) + "\n")

    def check(self) -> None:
        """Raise WorkspaceError unless this is a workspace of this version."""
        if not self.marker.exists():
            raise WorkspaceError(f"{self.root} is not a Tenure workspace; `tenure ingest DATASET` makes one")
        found = self._read_marker()["version"]
        if found != VERSION:
            raise WorkspaceError(
                f"{self.root} is a workspace of version {found}, this Tenure needs {VERSION}; "
                "ingest into a new --workspace"
            )

    def _read_marker(self) -> dict[str, str | int]:
        try:
            marker: dict[str, str | int] = json.loads(self.marker.read_text())
            return {"version": marker["version"], "dataset": marker["dataset"]}
        except (ValueError, KeyError, TypeError) as error:
            raise WorkspaceError(f"{self.marker} is damaged: {error}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write to a temporary sibling, then rename over `path`: a reader sees the old file or the new, never half of one.

    Raises StoreUnavailable where the disk does not take it; `path` is then as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
