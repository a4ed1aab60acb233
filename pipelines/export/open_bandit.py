"""Open Bandit Pipeline: its `bandit_feedback` arrays in one .npz, the names of actions and features among them.

The pipeline has no notion of a candidate that was not available: `n_actions` are all that any decision could choose,
and `action_available` (n_rounds, n_actions), which its estimators ignore, says which each could; `arm` (n_rounds,) is
whose rule decided. Source: the classes `OpenBanditDataset` and `SyntheticBanditDataset` of obp 0.4.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from configs.workspace import replacing
from pipelines.export.logged import Cell, Logged, weighed

Vector = NDArray[np.float64]


def write(decisions: Iterable[Logged], path: Path) -> int:
    """Write the arrays and return how many rounds: load them with `dict(numpy.load(path))`, with the two n_ as int.

    `context` holds the customer's numeric features, 0 where one is not known; `pi_b` the probability of every action.
    Of several slots the first is told. Raises DataError where a decision has no probability, and StoreUnavailable.
    """
    rounds = _Rounds()
    for one in weighed(decisions):
        rounds.add(one)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **rounds.arrays())  # type: ignore[arg-type]  # the stub takes the last option for one
    return len(rounds.chosen)


@dataclass
class _Rounds:
    """Rounds as they come, as small as arrays are; actions and features are numbered as they are met."""

    actions: dict[str, int] = field(default_factory=dict)
    features: dict[str, int] = field(default_factory=dict)
    chosen: list[int] = field(default_factory=list)
    reward: list[float] = field(default_factory=list)
    pscore: list[float] = field(default_factory=list)
    arm: list[str] = field(default_factory=list)
    candidates: list[NDArray[np.int32]] = field(default_factory=list)
    probabilities: list[Vector] = field(default_factory=list)
    context: list[Vector] = field(default_factory=list)

    def add(self, one: Logged) -> None:
        places = [self.actions.setdefault(name, len(self.actions)) for name in one.names]
        known = {name: float(value) for name, value in one.features.items() if _is_number(value)}
        columns = [self.features.setdefault(name, len(self.features)) for name in known]
        row = np.zeros(len(self.features))
        row[columns] = list(known.values())
        self.chosen.append(places[one.chosen])
        self.reward.append(one.reward or 0.0)
        self.pscore.append(one.probability)
        self.arm.append(one.arm)
        self.candidates.append(np.array(places, dtype=np.int32))
        self.probabilities.append(np.array(one.probabilities))
        self.context.append(row)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays by the names that the pipeline gives them, actions and features in the order of theirs."""
        count, (actions, place), (features, column) = len(self.chosen), _sorted(self.actions), _sorted(self.features)
        available, pi_b = np.zeros((count, len(actions)), dtype=bool), np.zeros((count, len(actions)))
        for row, (candidates, probabilities) in enumerate(zip(self.candidates, self.probabilities, strict=True)):
            available[row, place[candidates]] = True
            pi_b[row, place[candidates]] = probabilities
        context = np.zeros((count, len(features)))
        for row, known in enumerate(self.context):  # each as long as the features met until then
            context[row, column[: len(known)]] = known
        return {
            "n_rounds": np.array(count),
            "n_actions": np.array(len(actions)),
            "action": place[self.chosen],
            "position": np.zeros(count, dtype=np.int64),
            "reward": np.array(self.reward),
            "pscore": np.array(self.pscore),
            "context": context,
            "action_context": np.eye(len(actions)),
            "pi_b": pi_b[:, :, None],
            "action_available": available,
            "arm": np.array(self.arm, dtype=np.str_),
            "action_names": np.array(actions, dtype=np.str_),
            "feature_names": np.array(features, dtype=np.str_),
        }


def _is_number(value: Cell) -> TypeGuard[float]:
    return value is not None and not isinstance(value, str) and isfinite(value)


def _sorted(numbered: Mapping[str, int]) -> tuple[list[str], NDArray[np.int64]]:
    """The names in their order, and the place in it of each number."""
    names = sorted(numbered)
    place = np.empty(len(names), dtype=np.int64)
    place[[numbered[name] for name in names]] = np.arange(len(names))
    return names, place
