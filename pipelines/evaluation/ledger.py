"""The ledger as a log: decisions made after everything that the champions have learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Engine

from configs.policy import Policy
from decisioning.eligibility import Circumstances, Contact
from features.tables import open_tables
from features.vectors import FeatureVector
from pipelines.evaluation.contacts import by_customer, earlier, window
from pipelines.evaluation.logged import (
    NO_HOLDOUT,
    NOTHING,
    Logged,
    Prices,
    Reward,
    known_rewards,
    left_out,
    log_of,
    rewards,
)
from pipelines.evaluation.matured import matured, read
from pipelines.evaluation.replay import Key, Moment
from pipelines.evaluation.scored import Learned, Scored, expected, score
from pipelines.session import Session
from serving.attributes import attributes
from serving.catalogue import Catalogue
from serving.ledger import ledger_url, open_ledger
from serving.making import consents

Vector = NDArray[np.float64]


def logged(session: Session, catalogue: Catalogue, policy: Policy, reward: Reward, known: Learned) -> Logged:
    """The matured decisions as `policy` is judged on them. Raises DataError where there are none, StoreUnavailable."""
    engine = open_ledger(ledger_url(session.workspace))
    found = matured(
        engine,
        open_tables(session.workspace),
        session.dataset,
        {offer.offer_id: offer for offer in catalogue.offers},
        reward,
        after=known.until,
        now=session.clock(),
    )
    prices = Prices.of(catalogue.offers, policy.contact_costs)
    brought = rewards(reward, found.rows, _made(found.rows), prices)
    has = known_rewards(brought, reward)
    rows = found.rows[has].reset_index(drop=True)
    contacts = _contacts(engine, catalogue, policy, rows)
    notes = (NO_HOLDOUT, *found.notes, *left_out(int((~has).sum()), f"their {reward} is not known"))
    return _logged(rows, brought[has], contacts, catalogue, prices, reward, known, notes)


def _logged(
    rows: pd.DataFrame,
    brought: Vector,
    contacts: Sequence[tuple[Contact, ...]],
    catalogue: Catalogue,
    prices: Prices,
    reward: Reward,
    known: Learned,
    notes: tuple[str, ...],
) -> Logged:
    """Decisions with the rewards they `brought`, and what the champions say of every action at each."""
    vectors = [_vector(*cells) for cells in zip(rows.customer_id, rows.decided_at, rows.features, strict=True)]
    scored = score(vectors, catalogue, known.champions)
    made = _made(rows)
    keys = (NOTHING, *sorted({*made, *(key for one in scored for key in one.p_accept)} - {NOTHING}))
    chosen = np.array([keys.index(key) for key in made], dtype=np.intp)
    return Logged(
        keys=keys,
        moments=[_moment(*row) for row in zip(vectors, rows.request, contacts, scored, strict=True)],
        log=log_of(
            keys,
            chosen=chosen,
            reward=brought,
            propensity=rows.selection_probability.to_numpy(np.float64),
            customers=rows.customer_id,
            expected=expected(reward, scored, keys, prices),
            possible=_possible(rows, scored, keys, chosen),
        ),
        first=rows.decided_at.min(),
        last=rows.decided_at.max(),
        notes=notes,
    )


def _made(rows: pd.DataFrame) -> list[Key]:
    return [(offer or "", channel or "") for offer, channel in zip(rows.offer_id, rows.channel, strict=True)]


def _vector(customer_id: str, at: pd.Timestamp, features: Mapping[str, Mapping[str, object]]) -> FeatureVector:
    return FeatureVector(customer_id, at.to_pydatetime(), features["values"], by_kind=features["by_kind"])  # type: ignore[arg-type]


def _moment(
    vector: FeatureVector, request: Mapping[str, object], contacts: tuple[Contact, ...], scored: Scored
) -> Moment:
    circumstances = Circumstances(
        customer_id=vector.customer_id,
        now=vector.as_of,
        attributes=attributes(vector),
        context=request.get("context") or {},  # type: ignore[arg-type]
        consents=consents(vector),
        contacts=contacts,
        excluded_offers=frozenset(request.get("excluded_offers") or ()),  # type: ignore[call-overload]
    )
    stake = None if np.isnan(scored.stake) else scored.stake
    return Moment(circumstances, scored.p_accept, scored.effects, stake)


def _possible(
    rows: pd.DataFrame, scored: Sequence[Scored], keys: Sequence[Key], chosen: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Which actions the policy of the day could have chosen: candidates that none of its stages had filtered."""
    possible = np.zeros((len(rows), len(keys)), dtype=bool)
    for at, (one, response) in enumerate(zip(scored, rows.response, strict=True)):
        refused = {(item["offer_id"], item["channel"]) for item in response.get("filtered", ())}
        possible[at] = [
            key == NOTHING or (key in one.p_accept and key not in refused and (key[0], None) not in refused)
            for key in keys
        ]
    possible[np.arange(len(rows)), chosen] = True
    return possible


def _contacts(engine: Engine, catalogue: Catalogue, policy: Policy, rows: pd.DataFrame) -> list[tuple[Contact, ...]]:
    """For each of `rows`, what earlier decisions had put before the customer."""
    instants = [at.to_pydatetime() for at in rows.decided_at]
    past = read(engine, after=min(instants) - window(policy), until=max(instants))
    shown = (
        (customer_id, Contact(one["offer_id"], catalogue.kind(one["offer_id"]), one["channel"], at.to_pydatetime()))
        for customer_id, at, response in zip(past.customer_id, past.decided_at, past.response, strict=True)
        for one in response["offers"]
        if one["offer_id"]
    )
    return earlier(list(rows.customer_id), instants, by_customer(shown), window(policy))
