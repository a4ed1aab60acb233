"""The randomised log as the effects champion's folds saw it: every expectation is by models blind to the customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.dataset import Dataset
from configs.policy import Policy
from decisioning.arbitration import UNKNOWN_EFFECT, Effect, Evidence
from decisioning.eligibility import Circumstances, Contact
from features.contract import CONTROL
from features.vectors import FeatureVector, Value
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
from pipelines.evaluation.replay import Key, Moment
from serving.attributes import attributes
from serving.catalogue import Catalogue
from serving.making import consents
from serving.price import price_model

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
CONSENT = "consent__"
EFFECT = ("uplift", "uplift_low", "uplift_high", "evidence", "margin_uplift", "margin_uplift_low", "margin_uplift_high")


def logged(
    log: pd.DataFrame, pairs: pd.DataFrame, catalogue: Catalogue, dataset: Dataset, policy: Policy, reward: Reward
) -> Logged:
    """The log of a version of the effects (`training.registry.evaluation_log`) as `policy` is judged on it.

    Raises DataError where no row has the reward.
    """
    prices = Prices.of(catalogue.offers, policy.contact_costs)
    found = rewards(reward, log, _keys(log), prices)
    known = known_rewards(found, reward)
    rows = log[known].reset_index(drop=True)
    asked = pairs[pairs.row.isin(rows.row)].reset_index(drop=True)
    table = _table(rows, asked)
    return Logged(
        keys=table.keys,
        moments=_moments(rows, asked, catalogue, policy, _stakes(rows, asked, dataset)),
        log=log_of(
            table.keys,
            chosen=table.chosen,
            reward=found[known],
            propensity=_propensity(rows),
            customers=rows.customer_id,
            expected=_expected(reward, asked, prices, table),
            possible=table.possible,
        ),
        first=rows.as_of.min(),
        last=rows.as_of.max(),
        notes=(NO_HOLDOUT, *left_out(int((~known).sum()), f"their {reward} is not known")),
    )


@dataclass(frozen=True)
class _Table:
    """Rows x actions: where each of the pairs stands, what was made, and what could have been."""

    keys: tuple[Key, ...]
    cells: tuple[NDArray[np.intp], NDArray[np.intp]]
    chosen: NDArray[np.intp]
    possible: NDArray[np.bool_]


def _table(rows: pd.DataFrame, asked: pd.DataFrame) -> _Table:
    keys = (NOTHING, *sorted({*_keys(asked), *_keys(rows)} - {NOTHING}))
    column = {key: at for at, key in enumerate(keys)}
    cells = (
        pd.Index(rows.row).get_indexer(pd.Index(asked.row)),
        np.array([column[key] for key in _keys(asked)], np.intp),
    )
    chosen = np.array([column[key] for key in _keys(rows)], dtype=np.intp)
    possible = np.zeros((len(rows), len(keys)), dtype=bool)
    possible[cells] = True
    possible[np.arange(len(rows)), chosen] = True
    return _Table(keys, cells, chosen, possible)


def _keys(frame: pd.DataFrame) -> list[Key]:
    channels = frame.channel.astype(object).where(frame.channel.notna() & (frame.offer_id != CONTROL), "")
    offers = frame.offer_id.where(frame.offer_id != CONTROL, "")
    return list(zip(offers, channels, strict=True))


def _propensity(rows: pd.DataFrame) -> Vector | None:
    """The logged propensities, None where none of the rows has one."""
    return rows.propensity.to_numpy(np.float64) if rows.propensity.notna().any() else None


def _expected(reward: Reward, asked: pd.DataFrame, prices: Prices, table: _Table) -> Matrix | None:
    """Expected reward per row and action; None where the models expect nothing of it.

    An action that was not possible at a row gets its mean elsewhere: what a policy does there is unsupported anyway.
    """
    given = {name: asked.get(f"expected_{name}", pd.Series(np.nan, asked.index)) for name in ("retention", "margin")}
    found = np.full(table.possible.shape, np.nan)
    found[table.cells] = rewards(reward, asked.assign(**given, accepted=asked.p_accept), _keys(asked), prices)
    known = np.isfinite(found)
    totals, counts = np.where(known, found, 0.0).sum(axis=0), known.sum(axis=0)
    means = np.divide(totals, counts, out=np.full(len(table.keys), np.nan), where=counts > 0)
    filled: Matrix = np.where(known, found, means)
    return filled if np.isfinite(filled).all() else None


def _stakes(rows: pd.DataFrame, asked: pd.DataFrame, dataset: Dataset) -> Vector:
    """The value at stake of each row: by the dataset's rule, else the margin expected without treatment."""
    if rule := price_model(dataset):
        return rule.predict(rows.to_dict("records"))  # type: ignore[arg-type]
    untreated = asked[asked.offer_id == CONTROL].drop_duplicates("row").set_index("row")
    column = untreated.get("expected_margin", pd.Series(np.nan, untreated.index))
    return np.asarray(column.reindex(rows.row), dtype=np.float64)


def _moments(
    rows: pd.DataFrame, asked: pd.DataFrame, catalogue: Catalogue, policy: Policy, stakes: Vector
) -> Iterator[Moment]:
    """One at a time: a hundred thousand rows at once would keep the garbage collector busy for longer than the rest."""
    offered = asked[asked.offer_id != CONTROL]
    position = pd.Index(rows.row).get_indexer(pd.Index(offered.row))
    offered = offered.iloc[np.argsort(position, kind="stable")]
    ends = np.cumsum(np.bincount(position, minlength=len(rows))).tolist()
    keys, p_accept = _keys(offered), offered.p_accept.tolist()
    effects = list(
        zip(*(offered.get(column, pd.Series(np.nan, offered.index)).tolist() for column in EFFECT), strict=True)
    )
    start = 0
    for circumstances, stake, end in zip(_circumstances(rows, catalogue, policy), stakes.tolist(), ends, strict=True):
        own = keys[start:end]
        yield Moment(
            circumstances,
            dict(zip(own, p_accept[start:end], strict=True)),
            {key: _effect(*cells) for key, cells in zip(own, effects[start:end], strict=True)},
            None if isnan(stake) else stake,
        )
        start = end


def _effect(
    uplift: float, low: float, high: float, evidence: str, margin: float, margin_low: float, margin_high: float
) -> Effect:
    if evidence not in ("randomised", "observational"):
        return UNKNOWN_EFFECT
    grade: Evidence = "randomised" if evidence == "randomised" else "observational"
    known = Effect(uplift, low, high, grade, margin, margin_low, margin_high)
    if isnan(uplift):
        known = known._replace(uplift=None, low=None, high=None)
    return known._replace(margin=None, margin_low=None, margin_high=None) if isnan(margin) else known


def _circumstances(rows: pd.DataFrame, catalogue: Catalogue, policy: Policy) -> Iterator[Circumstances]:
    """What each row's decision would have known; contacts are the earlier rows of the same customer."""
    personal = any(offer.eligible for offer in catalogue.offers)  # else nothing but consent is looked at
    features = [str(column) for column in rows if str(column).startswith("" if personal else CONSENT)]
    features = [column for column in features if "__" in column]
    columns = [_cells(rows[column]) for column in features]
    values = zip(*columns, strict=True) if columns else iter([()] * len(rows))
    customers, instants = list(rows.customer_id), [at.to_pydatetime() for at in rows.as_of]
    shown = by_customer(
        (customer_id, Contact(offer_id, catalogue.kind(offer_id), channel, at))
        for customer_id, offer_id, channel, at in zip(customers, rows.offer_id, rows.channel, instants, strict=True)
        if offer_id != CONTROL
    )
    contacts = earlier(customers, instants, shown, window(policy))
    for customer_id, now, own, made in zip(customers, instants, values, contacts, strict=True):
        vector = FeatureVector(customer_id, now, dict(zip(features, own, strict=True)))
        yield Circumstances(customer_id, now, attributes(vector), {}, consents(vector), made)


def _cells(column: pd.Series[float]) -> list[Value]:
    """A feature as the online store gives it: text, float or None."""
    known = column.astype(object).where(column.notna(), None)
    return [value if isinstance(value, str) or value is None else float(value) for value in known]
