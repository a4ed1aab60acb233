"""What a policy is told at the beginning of a week, and what a policy is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from pipelines.market.arrays import Flags, Index


@dataclass(frozen=True)
class Situation:
    """`seen` is on record of the n customers; `allowed` (n, K) tells who may be contacted with what.

    `money` is what the actions may be expected to cost: contacts, and offers where they are accepted.
    """

    week: int
    seen: pd.DataFrame
    allowed: Flags
    money: float


Policy = Callable[[Situation], Index]  # each customer's action (n,), NOTHING for those left alone
