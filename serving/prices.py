"""Follows the ledger's shadow prices: those found last steer the decisions of every worker within seconds."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from threading import Event, Thread

from pydantic import ValidationError

from configs.errors import NotFound, StoreUnavailable
from configs.policy import Policy
from decisioning.budgets import NO_PRICES, Prices
from serving.archive import Archive
from serving.entries import PricesEntry

MISSING = "prices"  # in `degraded`: budgets are kept, but not steered
POLL_SECONDS = 5.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InForce:
    """The prices that steer decisions; `missing` where prices were found, but none under the policy's budgets."""

    prices: Prices = NO_PRICES
    missing: bool = False


class PriceFollower:
    """Holds the last prices that were found under the budgets of `policy`; they stay while the ledger is away.

    A price is what one more unit of a budget is worth under all the others: under other budgets it is of no use.
    """

    def __init__(self, archive: Archive, policy: Policy) -> None:
        self._archive = archive
        self._budgets = _budgets(policy)
        self._ours: dict[str, bool] = {}  # whether a policy, by its hash, has the same budgets
        self._looked_at = ""
        self._stopped = Event()
        self.current = InForce()

    def __call__(self) -> InForce:
        """The prices in force."""
        return self.current

    def poll(self) -> None:
        """Look once."""
        try:
            latest = self._archive.latest_prices()
            if latest is None or latest.version == self._looked_at:
                return
            found = latest if self._is_ours(latest.policy_hash) else self._last_of_ours()
        except StoreUnavailable as error:
            logger.warning("shadow prices stay as they are: %s", error)
            return
        if found is not latest:
            stay = f"{found.version} steer on" if found else "none steer until `tenure decide --all` finds some"
            logger.warning(
                "shadow prices %s were found under other budgets than the policy's: %s", latest.version, stay
            )
        self.current = InForce(prices_of(found)) if found else InForce(missing=bool(self._budgets))
        self._looked_at = latest.version

    def start(self, every_seconds: float = POLL_SECONDS) -> None:
        """Poll in a thread from now on, until `stop` or the end of the process."""
        Thread(target=self._run, args=(every_seconds,), name="prices", daemon=True).start()

    def stop(self) -> None:
        """End the polling."""
        self._stopped.set()

    def _run(self, every_seconds: float) -> None:
        while not self._stopped.wait(every_seconds):
            self.poll()

    def _last_of_ours(self) -> PricesEntry | None:
        ours = [policy for policy in self._archive.priced_policies() if self._is_ours(policy)]
        return self._archive.latest_prices(of=ours) if ours else None

    def _is_ours(self, policy_hash: str) -> bool:
        if policy_hash not in self._ours:
            self._ours[policy_hash] = self._budgets == self._budgets_under(policy_hash)
        return self._ours[policy_hash]

    def _budgets_under(self, policy_hash: str) -> frozenset[object] | None:
        """The budgets of a policy by its hash; None where it is gone or another Tenure wrote it."""
        try:
            return _budgets(Policy.model_validate_json(self._archive.document(policy_hash)))
        except (NotFound, ValidationError):
            return None


def prices_of(entry: PricesEntry) -> Prices:
    """The prices that a row of the ledger holds."""
    return Prices(entry.version, json.loads(entry.body))


def _budgets(policy: Policy) -> frozenset[object]:
    """What a policy limits: its budgets, and the capacities of its own offers."""
    capacities = ((offer.offer_id, offer.capacity) for offer in policy.offers or () if offer.capacity is not None)
    return frozenset((*policy.rules().budgets, *capacities))
