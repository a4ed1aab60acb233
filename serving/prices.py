"""Follows the ledger's shadow prices: those found last steer the decisions of every worker within seconds."""

from __future__ import annotations

import json
import logging
from threading import Event, Thread

from configs.errors import StoreUnavailable
from decisioning.budgets import NO_PRICES, Prices
from serving.archive import Archive
from serving.entries import PricesEntry

POLL_SECONDS = 5.0
logger = logging.getLogger(__name__)


class PriceFollower:
    """Holds the prices in force; the old ones stay while the ledger does not answer."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._stopped = Event()
        self.current = NO_PRICES

    def __call__(self) -> Prices:
        """The prices in force."""
        return self.current

    def poll(self) -> None:
        """Look once."""
        try:
            latest = self._archive.latest_prices()
        except StoreUnavailable as error:
            logger.warning("shadow prices stay as they are: %s", error)
            return
        if latest and latest.version != self.current.version:
            self.current = prices_of(latest)

    def start(self, every_seconds: float = POLL_SECONDS) -> None:
        """Poll in a thread from now on, until `stop` or the end of the process."""
        Thread(target=self._run, args=(every_seconds,), name="prices", daemon=True).start()

    def stop(self) -> None:
        """End the polling."""
        self._stopped.set()

    def _run(self, every_seconds: float) -> None:
        while not self._stopped.wait(every_seconds):
            self.poll()


def prices_of(entry: PricesEntry) -> Prices:
    """The prices that a row of the ledger holds."""
    return Prices(entry.version, json.loads(entry.body))
