"""`tenure decide --all`: everybody decided for at once, within budgets: a contact list and a campaign in the ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa

from configs.errors import StoreUnavailable
from decisioning import campaign
from decisioning.allocation import NOTHING
from decisioning.audience import ARMS
from decisioning.budgets import Budget
from decisioning.campaign import Decided
from decisioning.exploration import decision_rng
from pipelines.audience import Gathered, gather
from pipelines.campaign_file import contact_list, decisions, write_decisions, write_list
from pipelines.policies import in_force
from pipelines.session import Session
from serving.archive import Archive
from serving.catalogue_document import to_document
from serving.entries import CampaignEntry, ContactEntry, PricesEntry
from serving.holds import BudgetSpent, holds_of, left

ONE_OFF = "this campaign"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class BudgetReport:
    """A budget before and after; `price` is what one more unit of it would be worth."""

    name: str
    of: str
    limit: float
    before: float
    used: float
    price: float


@dataclass(frozen=True)
class Campaign:
    """What was decided, or with a dry run what would be. Money is in the workspace's currency.

    `value` is the net value expected of all, `bound` what no allocation of the policy's customers could pass, `gap` the
    share of it that may have been missed. `fallbacks` get the policy's fallback, for want of any other offer. `path` is
    the contact list's, None where none was written.
    """

    campaign_id: str
    decided_at: datetime
    policy_version: str
    prices_version: str | None
    customers: int
    contacts: int
    value: float
    expected_cost: float
    how: str
    gap: float
    actions: Mapping[str, int]
    fallbacks: int
    arms: Mapping[str, int]
    budgets: tuple[BudgetReport, ...]
    path: Path | None
    dry_run: bool


def run(
    session: Session,
    *,
    budget: float | None,
    out: Path | None,
    dry_run: bool,
    prices_only: bool = False,
    progress: Progress = lambda *_: None,
) -> Campaign:
    """Decide for everybody under the policy in force, and unless it is a dry run write the list and the ledger.

    `budget` is money for this campaign alone, of what offers are expected to cost. `prices_only` keeps the shadow
    prices and makes no contact. Raises DataError, WorkspaceError or StoreUnavailable.
    """
    further = () if budget is None else (Budget(ONE_OFF, "money", budget, counts="expected"),)
    gathered = gather(session, in_force(session), further=further, progress=lambda what, rows: progress(what, rows, 0))
    return make(
        gathered,
        session.workspace.campaigns,
        out,
        write=not dry_run,
        prices_only=prices_only,
        progress=lambda what: progress(what, 0, 0),
    )


def make(
    gathered: Gathered,
    folder: Path,
    out: Path | None,
    *,
    write: bool,
    prices_only: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Campaign:
    """From what models say of everybody to a campaign, written where `write`."""
    campaign_id = uuid4().hex[:16]
    menu, ledger = gathered.menu, gathered.ledger
    before = left(ledger.engine, menu.budgets, gathered.now)
    rng = decision_rng(gathered.policy.seed, campaign_id)
    decided = campaign.run(gathered.everyone.audience, menu, before, rng, progress)
    prices_version = _keep_prices(gathered, decided, campaign_id) if write else None
    written = write and not prices_only
    if written:
        progress("writing the campaign")
        table = decisions(gathered, decided, campaign_id)
        try:
            write_decisions(folder / f"{campaign_id}.parquet", table)
            _record(gathered, decided, campaign_id, prices_version or "", table)
        except BaseException:
            (folder / f"{campaign_id}.parquet").unlink(missing_ok=True)  # no decision stands that the ledger lacks
            raise
        if out is not None:
            write_list(out, contact_list(gathered, table))
    return _report(gathered, decided, campaign_id, prices_version, before, out if written else None, dry_run=not write)


def _keep_prices(gathered: Gathered, decided: Decided, campaign_id: str) -> str | None:
    """Shadow prices of the policy's budgets, from now on in force; None where it has none.

    Nor are those kept that a budget of this campaign alone has held down: they say nothing of the policy's own.
    """
    own = {name: price for name, price in decided.prices.items() if name != ONE_OFF}
    if not own or decided.prices.get(ONE_OFF, 0.0) > 0:
        return None
    archive = Archive(gathered.ledger.engine)
    policy = archive.keep("policy", gathered.policy.model_dump_json())
    version = f"prices-{campaign_id}"
    archive.add_prices(PricesEntry(version, gathered.now, policy, json.dumps(own)))
    return version


def _record(gathered: Gathered, decided: Decided, campaign_id: str, prices_version: str, table: pa.Table) -> None:
    archive = Archive(gathered.ledger.engine)
    entry = CampaignEntry(
        campaign_id=campaign_id,
        decided_at=gathered.now,
        policy_version=gathered.policy.version,
        policy_hash=archive.keep("policy", gathered.policy.model_dump_json()),
        catalogue_hash=archive.keep("catalogue", to_document(gathered.catalogue)),
        prices_version=prices_version,
        models=json.dumps([{"name": model.name, "version": model.version} for model in gathered.models]),
        rows=table.num_rows,
        path=f"{campaign_id}.parquet",
    )
    used = {name: use for name, use in _used(gathered, decided).items() if name != ONE_OFF}
    try:
        archive.record_campaign(
            entry, _contacts(table, gathered.now), holds_of(used, gathered.menu.budgets, gathered.now)
        )
    except BudgetSpent as error:
        raise StoreUnavailable(f"{error} by decisions made meanwhile; nothing was written, decide again") from error


def _contacts(table: pa.Table, at: datetime) -> Iterator[ContactEntry]:
    made = table.filter(table["offer_id"].is_valid())
    columns = (made[name].to_pylist() for name in ("decision_id", "offer_id", "channel", "customer_id"))
    return (
        ContactEntry(decision_id, offer_id, channel, customer_id, at)
        for decision_id, offer_id, channel, customer_id in zip(*columns, strict=True)
    )


def _used(gathered: Gathered, decided: Decided) -> Mapping[str, float]:
    """What the choices use of each budget."""
    menu, rows = gathered.menu, np.flatnonzero(decided.choice != NOTHING)
    actions = decided.choice[rows]
    p_accept = gathered.everyone.audience.p_accept[rows, actions].astype(np.float64)
    uses = (menu.fixed[:, actions] + menu.per_acceptance[:, actions] * p_accept).sum(axis=1)
    return {budget.name: float(use) for budget, use in zip(menu.budgets, uses.tolist(), strict=True)}


def _report(
    gathered: Gathered,
    decided: Decided,
    campaign_id: str,
    prices_version: str | None,
    before: Mapping[str, float],
    path: Path | None,
    *,
    dry_run: bool,
) -> Campaign:
    menu, audience = gathered.menu, gathered.everyone.audience
    names = [f"{one.key[0]} by {one.key[1]}" for one in menu.actions]
    made = Counter(decided.choice.tolist())
    rows = np.flatnonzero(decided.choice != NOTHING)
    actions = decided.choice[rows]
    cost = menu.contact_cost[actions] + menu.cost[actions] * audience.p_accept[rows, actions]
    used = _used(gathered, decided)
    return Campaign(
        campaign_id=campaign_id,
        decided_at=gathered.now,
        policy_version=gathered.policy.version,
        prices_version=prices_version,
        customers=len(audience),
        contacts=len(rows),
        value=float(decided.value.sum()),
        expected_cost=float(cost.sum()),
        how=decided.allocation.how,
        gap=decided.allocation.gap,
        actions={"nothing" if at == NOTHING else names[at]: count for at, count in made.most_common()},
        fallbacks=len(decided.fallback.given),
        arms={arm: int((audience.arm == at).sum()) for at, arm in enumerate(ARMS)},
        budgets=tuple(
            BudgetReport(
                budget.name,
                budget.of,
                budget.limit,
                before[budget.name],
                used[budget.name],
                decided.prices.get(budget.name, 0.0),
            )
            for budget in menu.budgets
        ),
        path=path,
        dry_run=dry_run,
    )
