"""The list of customers by name: a file for its owner alone, beside the report and no part of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from configs.errors import StoreUnavailable
from configs.workspace import replacing
from monitoring.site.elements import Cell, Column, Table
from monitoring.site.write import as_csv
from monitoring.warning.rises import Listed, action

REASONS = 3
OWNER_ONLY = 0o600
COLUMNS = (
    "customer_id", "risk_before", "risk_now", "rise", "value_at_stake", "expected_loss",
    *(f"reason_{place + 1}" for place in range(REASONS)),
    "suggested_offer", "suggested_channel", "suggestion", "arm", "scored_before", "scored_now",
)  # fmt: skip


def write_list(path: Path, listed: Sequence[Listed]) -> None:
    """Write the list as CSV, in the order given, in place of the one before. Raises StoreUnavailable."""
    table = Table("early-warning", "", tuple(Column(name) for name in COLUMNS), tuple(_row(one) for one in listed))
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="", opener=_owned) as file:
        file.write(as_csv(table))


def remove_list(path: Path) -> None:
    """Take away the list of an earlier run, which nobody renews. Raises StoreUnavailable."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be removed: {error.strerror}") from error


def _row(one: Listed) -> tuple[Cell, ...]:
    said = [reason.said for reason in one.told.reasons[:REASONS]]
    advice = one.told.advice
    return (
        one.customer_id,
        round(one.before, 4),
        round(one.now, 4),
        round(one.rise, 4),
        None if one.at_stake is None else round(one.at_stake, 2),
        None if one.loss is None else round(one.loss, 2),
        *said,
        *("" for _ in range(REASONS - len(said))),
        advice.offer_id or "",
        advice.channel or "",
        action(one.told),
        advice.arm,
        one.since.isoformat(),
        one.until.isoformat(),
    )


def _owned(path: str, flags: int) -> int:
    return os.open(path, flags, OWNER_ONLY)
