"""The stages of a shortlist for a whole table of customers: the rules of one, asked as few times as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.expression_table import Column, decide_table
from configs.expressions import Expression
from decisioning.contact_policy import contact_stages
from decisioning.eligibility import Circumstances, Contact
from decisioning.menu import Menu
from decisioning.offers import Offer
from serving.attributes import columns

Flags = NDArray[np.bool_]
Contacts = Mapping[str, Sequence[Contact]]  # by customer


def possible(menu: Menu, table: pa.Table, now: datetime, contacts: Contacts, refusals: Contacts) -> Flags:
    """What all stages let pass (n, K) for the customers of a table of `features.everybody`.

    Quiet hours are not asked: a campaign is a list, and who sends it settles when.
    """
    count, actions = table.num_rows, menu.actions
    passed = np.zeros((count, len(actions)), dtype=bool)
    channels = {channel: _channel(menu, table, channel) for channel in menu.channels}
    expressions = [one.eligible for one in menu.offers if isinstance(one.eligible, Expression)]
    held = columns(table, frozenset[str]().union(*(one.customer for one in expressions)))
    for offer, positions in zip(menu.offers, menu.positions, strict=True):
        if offer.valid_at(now):
            eligible = _eligible(offer, held, count)
            for at in positions:
                passed[:, at] = eligible & channels[actions[at].channel or ""]
    _leave_alone(passed, menu, table, now, contacts, refusals)
    return passed


def preferences(menu: Menu, table: pa.Table) -> NDArray[np.float64] | float:
    """What the preferred channel adds (n, K), in currency; 0 where the policy asks for none."""
    preference = menu.rules.preference
    if preference is None or not preference.amount:
        return 0.0
    named = _named(table, preference.attribute)
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
        named = _named(table, rules.preference.attribute)
        allowed &= np.array([not isinstance(one, str) or not one or one == channel for one in named], dtype=bool)
    return allowed


def _named(table: pa.Table, attribute: str) -> Column:
    """The channel that each customer names (n,); None, or no text, where there is none."""
    unknown = np.full(table.num_rows, None, dtype=object)
    return columns(table, [attribute]).get(attribute, unknown).astype(object)


def _eligible(offer: Offer, held: Mapping[str, Column], count: int) -> Flags:
    """Whom an offer's expression lets pass (n,). Raises TypeError for a predicate that is none."""
    if offer.eligible is None:
        return np.ones(count, dtype=bool)
    if not isinstance(offer.eligible, Expression):
        raise TypeError(f"{offer.offer_id}: {offer.eligible!r} cannot be asked about a table; an expression can")
    return decide_table(offer.eligible, held, count=count, offer=offer.described).passed


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
