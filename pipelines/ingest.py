"""`tenure ingest`: a dataset's records into the workspace's canonical tables, and its policy beside them."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from configs.clock import wall_clock
from configs.dataset import Dataset
from configs.loading import load
from configs.policy import Policy
from configs.workspace import Workspace, replacing
from features.ingest import TableSummary, ingest
from pipelines.session import find_policy, only_one


def run(dataset: Dataset, workspace: Workspace, progress: Callable[[str], None] = lambda _: None) -> list[TableSummary]:
    """Ingest `dataset`. The policy it names is copied into the workspace, unless one is there already."""
    source = find_policy(dataset.policy)
    load(source, Policy)
    workspace.create(dataset.name)
    with only_one(workspace, "ingest"):
        summaries = ingest(dataset, workspace, now=wall_clock(), progress=progress)
        if not workspace.policy.exists():
            with replacing(workspace.policy) as path:
                shutil.copyfile(source, path)
    return summaries
