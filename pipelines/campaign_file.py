"""A campaign as files: every decision for the ledger's sake, and the contact list that a CRM imports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from configs.errors import ConfigError
from configs.workspace import replacing
from decisioning.allocation import NOTHING
from decisioning.audience import ARMS
from decisioning.budgets import Prices
from decisioning.campaign import Decided, terms_of
from pipelines.audience import Gathered
from serving.campaigns import INSTANT, ROWS_A_GROUP, SCHEMA, decision_id

LIST = ("decision_id", "customer_id", "offer_id", "channel", "p_accept", "net_value", "cost", "contact_cost", "arm")


def decisions(gathered: Gathered, decided: Decided, campaign_id: str) -> pa.Table:
    """One row per customer, in `serving.campaigns.SCHEMA`."""
    everyone, audience, menu = gathered.everyone, gathered.everyone.audience, gathered.menu
    count, chosen = len(audience), decided.choice != NOTHING
    rows = np.flatnonzero(chosen)
    actions = decided.choice[rows]
    terms = terms_of(audience, menu, rows, actions, Prices(by_budget=decided.prices))
    offers = [one.key[0] for one in menu.actions]
    channels = [one.key[1] for one in menu.actions]

    def named(values: list[str]) -> pa.Array:
        return pa.array(values, pa.string()).take(pa.array(decided.choice, mask=~chosen))

    def of_chosen(values: NDArray[np.floating], otherwise: float = 0.0) -> pa.Array:
        column = np.full(count, otherwise)
        column[rows] = values
        return pa.array(column, from_pandas=True)  # NaN is null

    columns = {
        "decision_id": pa.array([decision_id(campaign_id, number) for number in range(count)], pa.string()),
        "customer_id": everyone.customer_ids,
        "decided_at": pa.array([gathered.now], SCHEMA.field("decided_at").type).take(
            pa.array(np.zeros(count, np.int8))
        ),
        "arm": pa.array(ARMS, pa.string()).take(pa.array(audience.arm)),
        "offer_id": named(offers),
        "channel": named(channels),
        "selection_probability": pa.array(decided.selection_probability),
        "propensity": pa.array(decided.propensity),
        "net_value": of_chosen(terms.net_value),
        "p_accept": of_chosen(terms.p_accept),
        "effect_value": of_chosen(terms.effect_value, np.nan),
        "uplift": of_chosen(everyone.uplift[rows, actions], np.nan),
        "margin_uplift": of_chosen(everyone.margin_uplift[rows, actions], np.nan),
        "evidence": named(list(everyone.evidence)),
        "value_at_stake": pa.array(everyone.value_at_stake, from_pandas=True),
        "p_churn": pa.array(everyone.p_churn, from_pandas=True),
        "margin": of_chosen(menu.margin[actions]),
        "cost": of_chosen(terms.cost),
        "contact_cost": of_chosen(terms.contact_cost),
        "lever": of_chosen(terms.lever),
        "preference": of_chosen(terms.preference),
        "shadow_cost": of_chosen(terms.shadow_cost),
        "candidates": pa.array(decided.candidates.astype(np.int32)),
        "fallback": pa.array(np.isin(np.arange(count), decided.fallback.given)),
    }
    return pa.table(columns, schema=SCHEMA)


def contact_list(gathered: Gathered, table: pa.Table) -> pa.Table:
    """Who is to be contacted with what: customers who get nothing are not in it."""
    made = table.filter(table["offer_id"].is_valid()).select(list(LIST))
    names = {offer.offer_id: offer.name for offer in gathered.catalogue.offers}
    ends = {offer.offer_id: offer.valid_to for offer in gathered.catalogue.offers}
    offers = made["offer_id"].to_pylist()
    made = made.add_column(3, "offer_name", pa.array([names[one] for one in offers], pa.string()))
    return made.append_column("valid_to", pa.array([ends[one] for one in offers], INSTANT))


def write_decisions(path: Path, table: pa.Table) -> None:
    """Write every decision; a file appears whole or not at all. Raises StoreUnavailable."""
    with replacing(path) as temporary:
        pq.write_table(table, temporary, row_group_size=ROWS_A_GROUP)


def write_list(path: Path, table: pa.Table) -> None:
    """Write the contact list as .parquet or .csv. Raises StoreUnavailable."""
    with replacing(path) as temporary:
        if path.suffix == ".csv":
            pyarrow.csv.write_csv(table, temporary)
        else:
            pq.write_table(table, temporary)


def check_name(path: Path) -> None:
    """Raise ConfigError unless a contact list can be written under this name."""
    if path.suffix not in (".csv", ".parquet"):
        raise ConfigError(f"--out {path}: ends in {path.suffix or 'nothing'}; .csv or .parquet is allowed")
    if not path.parent.is_dir():
        raise ConfigError(f"--out {path}: there is no folder {path.parent}")
