"""What "now" is: a port, so that a data set of years ago is served as if on its last day."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from configs.dataset import Dataset
from configs.errors import ConfigError

ENVIRONMENT = "TENURE_NOW"


def wall_clock() -> datetime:
    """The machine's time, in UTC: the one place that reads it."""
    return datetime.now(UTC)


def clock_of(dataset: Dataset, environment: Mapping[str, str] = os.environ) -> Callable[[], datetime]:
    """The clock of a dataset: TENURE_NOW if set, else its data clock, else the wall clock.

    Raises ConfigError where TENURE_NOW is no instant with a zone, and for a data clock that ingestion has not fixed.
    """
    if given := environment.get(ENVIRONMENT):
        return fixed(parse_instant(given, ENVIRONMENT))
    if dataset.clock.kind == "wall":
        return wall_clock
    if dataset.clock.at is None:
        raise ConfigError("clock.at: not set; `tenure ingest` sets it from the records, or give an instant")
    return fixed(dataset.clock.at)


def fixed(instant: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: instant


def parse_instant(text: str, where: str) -> datetime:
    """An instant such as 2017-11-06T05:00:00Z, to the second. Raises ConfigError naming `where`."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{where}: {text!r} is not an instant such as 2017-11-06T05:00:00Z") from error
    if instant.tzinfo is None:
        raise ConfigError(f"{where}: {text!r} has no time zone; write 2017-11-06T05:00:00Z")
    return instant.astimezone(UTC).replace(microsecond=0)
