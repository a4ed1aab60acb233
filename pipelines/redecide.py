"""Stored decisions made again with other values of some features, as drift is sized by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from features.vectors import Value
from monitoring.drift.size import Redecided
from pipelines.session import Session
from pipelines.why import replayer_of
from serving.basis import Basis
from serving.ledger import Ledger, ledger_url, open_ledger


class Redecider:
    """Implements `monitoring.drift.size.Redecide` for a workspace's ledger; models and policies are those of then."""

    def __init__(self, session: Session) -> None:
        ledger = Ledger(open_ledger(ledger_url(session.workspace)))
        self._replayer = replayer_of(session, ledger)
        self._entry = lru_cache(maxsize=None)(ledger.find_decision)  # the same are asked for with each drifted column

    def __call__(self, decision_ids: Sequence[str], changed: Mapping[str, Sequence[Value]]) -> list[Redecided]:
        """What the policy prefers, exploration aside. Raises NotFound, StoreUnavailable as a replay does."""
        found = []
        for at, decision_id in enumerate(decision_ids):
            other = {name: values[at] for name, values in changed.items()}
            found.append(_told(self._replayer.again(self._entry(decision_id), other)))
        return found


def _told(basis: Basis) -> Redecided:
    first = basis.decision.ranked[0]
    worth = first.factors
    profit = worth.net_value - worth.lever - worth.preference + worth.shadow_cost
    return Redecided(basis.p_churn, " by ".join(map(str, first.candidate.key)), profit)
