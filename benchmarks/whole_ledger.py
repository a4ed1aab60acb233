"""What a company that decides has in its ledger: decisions in real time, and campaigns over everybody.

Arms, risks and values at stake are the product's own; which offer a campaign gave is drawn, as the speed of a report
does not rest on it, and scoring sixty candidates of everybody takes long.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks import world
from features.catalogue import views
from features.compute import file_name, folder
from pipelines.campaign_file import write_decisions
from pipelines.policies import in_force, offers_of
from pipelines.session import Session
from serving.archive import Archive
from serving.bootstrap import of_workspace
from serving.campaigns import SCHEMA, decision_id
from serving.catalogue_document import to_document
from serving.deciding import Decider
from serving.entries import CampaignEntry, ContactEntry
from serving.ledger import ledger_url, open_ledger
from serving.schemas import DecideRequest

CONTACTED = 0.4  # of those who are not held out
DRAWN = 0.5  # the selection probability of what a campaign chose


def decide(session: Session, numbers: NDArray[np.int64], at: datetime) -> None:
    """Decisions in real time for these customers, who alone are brought online, with the snapshot of `at`."""
    ids = pa.array([f"c{number:07d}" for number in numbers])
    store = session.store()
    store.register()
    for view in views(session.dataset):
        rows = pq.read_table(folder(session.workspace, view) / file_name(at))
        mine = rows if "customer_id" not in view.entities else rows.filter(pc.is_in(rows["customer_id"], ids))
        store.push(view.name, mine.to_pandas())
    decider = Decider(of_workspace(session.workspace, os.environ))
    for customer_id in ids.to_pylist():
        decider.decide(DecideRequest(customer_id=customer_id))


def campaign(session: Session, scored_at: datetime, at: datetime) -> None:
    """A campaign made `at` over everybody who was scored at `scored_at`, in the ledger and in `campaigns/`."""
    name = f"campaign{at:%Y%m%d}"
    table = _decisions(session, pq.read_table(session.workspace.scores / file_name(scored_at)), name, at)
    write_decisions(session.workspace.campaigns / f"{name}.parquet", table)
    policy, archive = in_force(session), Archive(open_ledger(ledger_url(session.workspace)))
    entry = CampaignEntry(
        campaign_id=name,
        decided_at=at,
        policy_version=policy.version,
        policy_hash=archive.keep("policy", policy.model_dump_json()),
        catalogue_hash=archive.keep("catalogue", to_document(offers_of(session, policy))),
        prices_version="",
        models=json.dumps([]),
        rows=table.num_rows,
        path=f"{name}.parquet",
    )
    archive.record_campaign(entry, _contacts(table, at), [])


def _decisions(session: Session, scores: pa.Table, name: str, at: datetime) -> pa.Table:
    rng, rows = np.random.default_rng(int(at.timestamp())), scores.num_rows
    arms, ids = in_force(session).rules().arms, scores["customer_id"].combine_chunks()
    arm = pa.array([arms.of(customer_id) for customer_id in ids.to_pylist()], pa.string())
    held_out = pc.equal(arm, "holdout").to_numpy(zero_copy_only=False)
    nothing = held_out | (rng.random(rows) >= CONTACTED)
    probability = pa.array(np.where(held_out, 1.0, DRAWN))
    given = {
        "decision_id": pa.array([decision_id(name, number) for number in range(rows)]),
        "customer_id": ids,
        "decided_at": pa.repeat(pa.scalar(at, SCHEMA.field("decided_at").type), rows),
        "arm": arm,
        "offer_id": _drawn(rng, [f"offer_{number:02d}" for number in range(world.OFFERS)], nothing),
        "channel": _drawn(rng, list(world.CHANNELS), nothing),
        "selection_probability": probability,
        "propensity": probability,
        "value_at_stake": scores["value_at_stake"],
        "p_churn": scores["p_churn"],
    }
    return pa.table({field.name: given.get(field.name, pa.nulls(rows, field.type)) for field in SCHEMA}, schema=SCHEMA)


def _drawn(rng: np.random.Generator, names: list[str], nothing: NDArray[np.bool_]) -> pa.Array:
    return pa.array(names).take(pa.array(rng.integers(0, len(names), len(nothing)), mask=nothing))


def _contacts(table: pa.Table, at: datetime) -> Iterator[ContactEntry]:
    made = table.filter(table["offer_id"].is_valid())
    names = ("decision_id", "offer_id", "channel", "customer_id")
    return (ContactEntry(**row, at=at) for row in made.select(list(names)).to_pylist())
