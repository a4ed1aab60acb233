"""How often the policy tries another candidate than the best, and whether as often as it logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import pandas as pd

from decisioning.sample_ratio import FALSE_ALARMS
from monitoring.health.rules import Ruled
from monitoring.inputs import Best
from monitoring.intervals import Interval, wilson


@dataclass(frozen=True, slots=True)
class Stated:
    """How a policy says that it explores."""

    version: str
    method: str
    epsilon: float


@dataclass(frozen=True, slots=True)
class Exploration:
    """Decisions of the policy arm whose candidates the ledger keeps: the share in which not the best came first.

    `expected` is that share by the probabilities logged with the decisions. `chance` is at least the probability that
    chance alone departs as far from it, whatever the number of decisions (Bernstein's inequality).
    """

    decisions: int
    explored: Interval
    expected: float
    chance: float
    stated: tuple[Stated, ...]
    false_alarms: float = FALSE_ALARMS

    @property
    def fails(self) -> bool:
        """Whether chance alone would do this no more often than `false_alarms`."""
        return self.chance <= self.false_alarms


def exploration(made: pd.DataFrame, best: Mapping[str, Best], rules: Sequence[Ruled]) -> Exploration | None:
    """From decisions of the policy arm and what came first in each before exploration; None where no ledger tells."""
    rows = made[made["decision_id"].isin(best.keys())]
    if rows.empty:
        return None
    plain = rows[["offer_id", "channel"]].astype(object).where(rows[["offer_id", "channel"]].notna(), None)
    done = zip(rows["decision_id"], plain["offer_id"], plain["channel"], strict=True)
    explored = sum((offer, channel) != (best[one].offer_id, best[one].channel) for one, offer, channel in done)
    probabilities = [1 - best[one].probability for one in rows["decision_id"]]
    return Exploration(
        decisions=len(rows),
        explored=wilson(explored, len(rows)),
        expected=sum(probabilities) / len(rows),
        chance=_chance(explored, probabilities),
        stated=tuple(
            dict.fromkeys(Stated(one.version, one.exploration.method, one.exploration.epsilon) for one in rules)
        ),
    )


def _chance(explored: int, probabilities: Sequence[float]) -> float:
    """Source: Bernstein 1946; two-sided, for independent draws of different probabilities."""
    variance = sum(p * (1 - p) for p in probabilities)
    off = abs(explored - sum(probabilities))
    if off < 1e-6 * len(probabilities):
        return 1.0
    return min(1.0, 2 * exp(-off * off / (2 * (variance + off / 3))))
