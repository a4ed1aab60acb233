"""Everybody of a workspace before every action of a policy, as campaigns and plans take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from configs.policy import Policy
from decisioning.budgets import Budget
from decisioning.contact_policy import longest
from decisioning.eligibility import Contact
from decisioning.menu import Menu
from features.everybody import everybody
from features.ledger import CONTACTS, OUTCOMES, to_instant, to_text
from pipelines.champions import champion, effects_champion, no_champion
from pipelines.features import latest
from pipelines.policies import offers_of
from pipelines.session import Session
from serving.answers import ModelRef
from serving.catalogue import Catalogue
from serving.database import answering
from serving.everyone import Everyone, Judges, everyone
from serving.ledger import Ledger, ledger_url, open_ledger
from serving.price import price_model
from serving.stages import Contacts


@dataclass(frozen=True)
class Gathered:
    """An audience, the menu it stands before, and what that rests on. `now` is the instant decided for."""

    policy: Policy
    catalogue: Catalogue
    menu: Menu
    everyone: Everyone
    now: datetime
    models: tuple[ModelRef, ...]
    ledger: Ledger


def gather(
    session: Session,
    policy: Policy,
    *,
    further: tuple[Budget, ...] = (),
    progress: Callable[[str, int], None] = lambda *_: None,
) -> Gathered:
    """Ask the champions about everybody of the latest snapshot and every offer of `policy`.

    `further` budgets stand beside those of the policy. Raises WorkspaceError without a response champion or a snapshot,
    DataError where there is nobody or nothing to decide on.
    """
    judges = _judges(session)
    catalogue, now = offers_of(session, policy), session.clock()
    rules = policy.rules()
    menu = Menu.of(catalogue.offers, replace(rules, budgets=(*rules.budgets, *further)))
    ledger = Ledger(open_ledger(ledger_url(session.workspace)))
    kinds = tuple(dict.fromkeys(offer.kind for offer in catalogue.offers))
    found = everyone(
        everybody(session.workspace, session.dataset, latest(session), kinds),
        menu,
        catalogue,
        judges,
        now,
        contacts=_contacts(ledger, catalogue, now, longest(rules.caps, ())),
        refusals=_refusals(ledger, catalogue, now, longest((), rules.rests)),
        progress=lambda rows: progress("customers scored", rows),
    )
    taking_part = (judges.churn, judges.value, judges.response, judges.effects)
    models = tuple(ModelRef(model.name, model.version) for model in taking_part if model is not None)
    return Gathered(policy, catalogue, menu, found, now, models, ledger)


def _judges(session: Session) -> Judges:
    response = champion(session.workspace, "response")
    if response is None:
        raise no_champion("response")
    value = price_model(session.dataset) or champion(session.workspace, "value")
    return Judges(response, champion(session.workspace, "churn"), value, effects_champion(session.workspace))


def _contacts(ledger: Ledger, catalogue: Catalogue, now: datetime, back: timedelta) -> Contacts:
    """Every contact within `back` before `now`, by customer."""
    c = CONTACTS.c
    query = select(c.customer_id, c.offer_id, c.channel, c.at).where(c.at > to_text(now - back), c.at <= to_text(now))
    with answering("read"), ledger.engine.connect() as connection:
        return _by_customer(connection.execute(query.order_by(c.at)), catalogue)


def _refusals(ledger: Ledger, catalogue: Catalogue, now: datetime, back: timedelta) -> Contacts:
    """Every offer declined within `back` before `now`, by customer."""
    o, c = OUTCOMES.c, CONTACTS.c
    query = (
        select(o.customer_id, c.offer_id, c.channel, o.occurred_at)
        .join(CONTACTS, c.decision_id == o.decision_id)
        .where(o.kind == "declined", (o.offer_id == c.offer_id) | o.offer_id.is_(None))
        .where(o.occurred_at > to_text(now - back), o.occurred_at <= to_text(now))
    )
    with answering("read"), ledger.engine.connect() as connection:
        return _by_customer(connection.execute(query.order_by(o.occurred_at)), catalogue)


def _by_customer(rows: Iterable[tuple[str, str, str, str]], catalogue: Catalogue) -> Contacts:
    found: dict[str, list[Contact]] = {}
    for customer_id, offer_id, channel, at in rows:
        contact = Contact(offer_id, catalogue.kind(offer_id), channel, to_instant(at))
        found.setdefault(customer_id, []).append(contact)
    return found
