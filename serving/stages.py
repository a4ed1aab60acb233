"""The stages of a shortlist for a whole table of customers: the rules of one, asked as few times as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from decisioning.contact_policy import contact_stages
from decisioning.eligibility import Circumstances, Contact, eligibility
from decisioning.menu import Menu
from decisioning.offers import Offer
from features.vectors import Value
from serving.scoring import PROFILE

Flags = NDArray[np.bool_]
Contacts = Mapping[str, Sequence[Contact]]  # by customer


def possible(menu: Menu, table: pa.Table, now: datetime, contacts: Contacts, refusals: Contacts) -> Flags:
    """What all stages let pass (n, K) for the customers of a table of `features.everybody`.

    Quiet hours are not asked: a campaign is a list, and who sends it settles when.
    """
    count, actions = table.num_rows, menu.actions
    passed = np.ones((count, len(actions)), dtype=bool)
    channels = {channel: _channel(menu, table, channel) for channel in {one.channel for one in actions} if channel}
    for offer, positions in zip(menu.offers, menu.positions, strict=True):
        eligible = _eligible(offer, table, now) if offer.valid_at(now) else np.zeros(count, dtype=bool)
        for at in positions:
            passed[:, at] = eligible & channels[actions[at].channel or ""]
    _leave_alone(passed, menu, table, now, contacts, refusals)
    return passed


def preferences(menu: Menu, table: pa.Table) -> NDArray[np.float64] | float:
    """What the preferred channel adds (n, K), in currency; 0 where the policy asks for none."""
    preference = menu.rules.preference
    if preference is None or not preference.amount:
        return 0.0
    named = np.array(_column(table, preference.attribute), dtype=object)
    channels = np.array([one.channel for one in menu.actions], dtype=object)
    return np.asarray((named[:, None] == channels) * preference.amount, dtype=np.float64)


def _channel(menu: Menu, table: pa.Table, channel: str) -> Flags:
    """Who may be met on a channel (n,)."""
    rules = menu.rules
    granted = np.full(table.num_rows, np.nan)
    if (name := f"consent__{channel}") in table.column_names:
        granted = table[name].cast(pa.float64()).to_numpy()
    allowed = np.where(np.isnan(granted), rules.consent_default == "granted", granted == 1.0)
    if rules.preference and rules.preference.only:
        named = np.array(_column(table, rules.preference.attribute), dtype=object)
        allowed &= np.array([not isinstance(one, str) or not one or one == channel for one in named], dtype=bool)
    return allowed


def _eligible(offer: Offer, table: pa.Table, now: datetime) -> Flags:
    """Whom an offer's expression lets pass (n,): asked once for each combination of the attributes it names."""
    if offer.eligible is None:
        return np.ones(table.num_rows, dtype=bool)
    named = getattr(offer.eligible, "customer", None)
    names = sorted(named) if named is not None else list(table.column_names)
    columns = {name: _column(table, name) for name in names}
    if not columns:
        return np.full(table.num_rows, _passes(offer, now, {}))
    frame = pd.DataFrame(columns)
    group = frame.groupby(names, dropna=False, sort=False).ngroup().to_numpy()
    _, first = np.unique(group, return_index=True)
    verdicts = [_passes(offer, now, {name: columns[name][at] for name in names}) for at in first.tolist()]
    return np.array(verdicts, dtype=bool)[group]


def _passes(offer: Offer, now: datetime, attributes: Mapping[str, Value]) -> bool:
    return eligibility(offer, Circumstances("", now, attributes)) is None


def _column(table: pa.Table, name: str) -> list[Value]:
    """An attribute of every customer, as an expression sees it; None where nothing is known."""
    held = name if name in table.column_names else f"{PROFILE}{name}"
    if held not in table.column_names:
        return [None] * table.num_rows
    values = table[held]
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return list(values.to_pylist())
    return [None if value is None or value != value else float(value) for value in values.to_pylist()]


def _leave_alone(
    passed: Flags, menu: Menu, table: pa.Table, now: datetime, contacts: Contacts, refusals: Contacts
) -> None:
    """Take out of `passed` (n, K) what caps and rests refuse; only who was contacted of late is asked about."""
    if not contacts and not refusals:
        return
    for row, customer_id in enumerate(table["customer_id"].to_pylist()):
        made, refused = contacts.get(customer_id, ()), refusals.get(customer_id, ())
        if not made and not refused:
            continue
        given = Circumstances(customer_id, now, contacts=made, refusals=refused)
        if stage := contact_stages(menu.rules.caps, menu.rules.rests, given):
            for at in np.flatnonzero(passed[row]).tolist():
                candidate = menu.actions[at]
                if candidate.offer and candidate.channel and stage(candidate.offer, candidate.channel):
                    passed[row, at] = False
