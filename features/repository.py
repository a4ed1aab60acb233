"""The feature store for Feast's own command line: `TENURE_WORKSPACE=... feast -f features/feature_store.yaml apply`.

The only module that acts when it is imported, because Feast's command line finds definitions as the module-level names
of the files it imports. Tenure itself registers the same objects through `features.store.Store`.
"""

from __future__ import annotations

from pathlib import Path

from configs.dataset import Dataset
from configs.loading import expand, load
from configs.workspace import ENVIRONMENT, Workspace
from features.definitions import define

_workspace = Workspace(Path(expand(f"${{{ENVIRONMENT}}}")))
_workspace.check()
_definitions = define(_workspace, load(_workspace.dataset, Dataset))

# Feast looks at module-level names alone and skips what is inside a list.
globals().update({f"{type(item).__name__.lower()}_{item.name}": item for item in _definitions.objects})
