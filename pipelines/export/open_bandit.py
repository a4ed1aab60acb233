"""Open Bandit Pipeline: its `bandit_feedback` arrays in one .npz, the names of actions and features beside them.

The pipeline has no notion of a candidate that was not available: `n_actions` are all that any decision could choose,
and `action_available` (n_rounds, n_actions), which its estimators ignore, says which each could. Source: the class
`OpenBanditDataset` of obp 0.4.1.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.errors import DataError
from configs.workspace import replacing
from pipelines.export.logged import Logged


def write(decisions: Sequence[Logged], path: Path) -> None:
    """Write the arrays: load them with `dict(numpy.load(path))`, with n_rounds and n_actions as int.

    `context` holds the numeric features that any decision has, 0 where one is not known. Raises DataError where a
    decision has no probability, and StoreUnavailable.
    """
    if lacking := [one.decision_id for one in decisions if not one.probability > 0]:
        raise DataError(f"{len(lacking)} decisions have no probability, first {lacking[0]}: they cannot be weighed")
    names = sorted({name for one in decisions for name in one.names})
    place = {name: at for at, name in enumerate(names)}
    features = sorted(
        {name for one in decisions for name, value in one.features.items() if isinstance(value, int | float)}
    )
    available = np.zeros((len(decisions), len(names)), dtype=bool)
    for row, one in enumerate(decisions):
        available[row, [place[name] for name in one.names]] = True
    arrays: dict[str, NDArray[np.generic]] = {
        "n_rounds": np.array(len(decisions)),
        "n_actions": np.array(len(names)),
        "action": np.array([place[one.names[one.chosen]] for one in decisions], dtype=np.int64),
        "position": np.zeros(len(decisions), dtype=np.int64),
        "reward": np.array([one.reward or 0.0 for one in decisions]),
        "pscore": np.array([one.probability for one in decisions]),
        "context": _numbers(decisions, features),
        "action_context": np.eye(len(names)),
        "action_available": available,
    }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # the stub takes the last option for one
    with replacing(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps({"actions": names, "features": features}, indent=1) + "\n")


def _numbers(decisions: Sequence[Logged], features: Sequence[str]) -> NDArray[np.float64]:
    rows = [[one.features.get(name) for name in features] for one in decisions]
    known = [[float(value) if isinstance(value, int | float) else 0.0 for value in row] for row in rows]
    return np.array(known, dtype=np.float64).reshape(len(decisions), len(features))
