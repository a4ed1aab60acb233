"""Whose risk rose: the champion asked about the snapshots of two instants, with reasons and the policy's advice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs import reasons as phrasebook
from configs.errors import DataError
from configs.loading import load
from configs.monitoring import Monitoring
from configs.reasons import Phrasebook
from features import labels
from features.everybody import FEW, everybody
from features.tables import Opened
from features.vectors import Value
from monitoring.warning.watch import Reason, Scored, Span, Told
from pipelines.champions import champion, no_champion
from pipelines.features import computed
from pipelines.session import Session
from pipelines.suggesting import adviser
from serving.everyone import TableModel
from serving.model import TrainedModel
from serving.price import price_model
from serving.reasons import MAX_REASONS, reasons

Row = Mapping[str, Value]
Vector = NDArray[np.float64]
EARLIER = 6  # spans before the newest that it is held against
SAMPLED = 20_000  # customers asked about in those
ROWS_AT_ONCE = 10_000  # of one thread: so many stay near the processor
LIKE = 0.2  # by which share of itself a span may be longer or shorter than the newest
LEFT_OUT = "\N{HORIZONTAL ELLIPSIS}"  # stands in a reason for the customer's own number or word


@dataclass(frozen=True)
class Watcher:
    """Implements `monitoring.warning.watch.Watch` for a workspace, from its snapshots, with the champion of churn.

    Both ends of a span are asked anew, by one model, from what is known by now: scores written earlier may be another
    model's. Customers count whose leaving is a question at both ends. Of the spans before, at most `sampled` customers
    are asked about.
    """

    session: Session
    opened: Opened
    settings: Monitoring
    sampled: int = SAMPLED

    def scored(self) -> Scored:
        """See `Watch`. Raises DataError too where the champion needs features that a snapshot lacks."""
        dataset = self.session.dataset
        if dataset.churn.kind == "label":
            raise DataError("labels that came with the records are of one instant, and a rise is between two.")
        (since, until), *before = self._spans()
        who = self._at_risk([since, until])
        span = Span(since, until, *(self._asked(self._churn, instant, who) for instant in (since, until)))
        model = f"{self._churn.name} {self._churn.version}"
        return Scored(model, dataset.currency, span, who, self._at_stake(span, who), tuple(self._earlier(before)))

    def told(self, customer_ids: Sequence[str], since: datetime, until: datetime) -> list[Told]:
        """See `Watch`; reasons are those of `tenure score`, for what changed."""
        advise, phrases = adviser(self.session), load(phrasebook.DEFAULT, Phrasebook)
        before, now = (self._rows(instant, customer_ids) for instant in (since, until))
        return [Told(why(self._churn, before[one], now[one], phrases), advise(one)) for one in customer_ids]

    @cached_property
    def _churn(self) -> TrainedModel:
        found = champion(self.session.workspace, "churn")
        if found is None:
            raise no_champion("churn")
        return found

    @cached_property
    def _value(self) -> TableModel | None:
        return price_model(self.session.dataset) or champion(self.session.workspace, "value")

    def _spans(self) -> list[tuple[datetime, datetime]]:
        days = self.settings.early_warning.days
        found = spans(computed(self.session), days)
        if not found:
            raise DataError(f"two snapshots about {days:g} days apart are needed; run `tenure features` weekly.")
        return found

    def _at_stake(self, span: Span, who: pa.Array) -> Vector | None:
        """What is at stake of those told of, NaN for the others; None without a value model."""
        if self._value is None:
            return None
        found = np.full(len(who), np.nan)
        told = np.flatnonzero(span.rise > self.settings.early_warning.rise)
        found[told] = self._asked(self._value, span.until, who.take(pa.array(told)))
        return found

    def _earlier(self, found: Sequence[tuple[datetime, datetime]]) -> Iterator[Span]:
        """The spans before, of a sample: what the champion says of it at each instant, once."""
        drawn, ends = self._sample(), list(dict.fromkeys(end for span in found for end in span))
        exposed = self._exposed_of(drawn, ends)
        risks = {at: self._asked(self._churn, at, drawn) for at in ends}
        for since, until in found:
            both = exposed[since] & exposed[until]
            yield Span(since, until, risks[since][both], risks[until][both])

    def _sample(self) -> pa.Array:
        people = self.opened.tables["customers"].select("customer_id").order_by("customer_id")
        ids = self.opened.backend.to_pyarrow(people)["customer_id"].combine_chunks()
        if len(ids) <= self.sampled:
            return ids
        drawn = np.random.default_rng(self.settings.seed).choice(len(ids), self.sampled, replace=False)
        return ids.take(pa.array(drawn))

    def _at_risk(self, instants: Sequence[datetime]) -> pa.Array:
        """The customers whose leaving is a question at all of `instants`."""
        found = labels.at_risk_on(self.opened.tables, self.session.dataset, instants)
        always = found.group_by("customer_id").aggregate(times=ibis._.count()).filter(ibis._.times == len(instants))
        return self.opened.backend.to_pyarrow(always.select("customer_id"))["customer_id"].combine_chunks()

    def _exposed_of(self, who: pa.Array, instants: Sequence[datetime]) -> dict[datetime, NDArray[np.bool_]]:
        """Of whom of `who` (n,) leaving is a question, by instant."""
        some = ibis.memtable(pa.table({"customer_id": who}))
        exposed = labels.at_risk_on(self.opened.tables, self.session.dataset, instants).semi_join(some, "customer_id")
        found = self.opened.backend.to_pyarrow(exposed)
        there = {at: found.filter(pc.equal(found["as_of"], at.timestamp()))["customer_id"] for at in instants}
        return {at: pc.is_in(who, value_set=ids).to_numpy(zero_copy_only=False) for at, ids in there.items()}

    def _asked(self, model: TableModel, as_of: datetime, who: pa.Array) -> Vector:
        """What `model` says of the customers `who` (n,), each once, at a snapshot; NaN for whom that lacks."""
        found, place = np.full(len(who), np.nan), pd.Index(who.to_numpy(zero_copy_only=False))
        only = who if len(who) <= FEW else None
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for piece in everybody(self.session.workspace, self.session.dataset, as_of, only=only):
                places = place.get_indexer(piece["customer_id"].to_numpy())  # no ids kept: one keeps its piece
                asked = piece.filter(places >= 0)
                parts = (asked.slice(start, ROWS_AT_ONCE) for start in range(0, asked.num_rows, ROWS_AT_ONCE))
                said = [np.empty(0), *pool.map(model.predict_table, parts)]
                found[places[places >= 0]] = np.concatenate(said)
        return found

    def _rows(self, as_of: datetime, customer_ids: Sequence[str]) -> dict[str, Row]:
        asked = pa.array(customer_ids, pa.string())
        pieces = everybody(self.session.workspace, self.session.dataset, as_of, only=asked)
        return {row["customer_id"]: row for piece in pieces for row in piece.to_pylist()}


def spans(known: Sequence[datetime], days: float) -> list[tuple[datetime, datetime]]:
    """(since, until) pairs of the instants `known`, newest first, each beginning where the one after it does not yet.

    The newest ends at the last instant and is as near to `days` as there are instants, half to twice as long; those
    before it are about as long as it.
    """
    wanted = timedelta(days=days)
    found: list[tuple[datetime, datetime]] = []
    least, most = wanted / 2, wanted * 2
    until = max(known)
    while len(found) <= EARLIER and (since := _nearest(known, until, wanted, least, most)):
        found.append((since, until))
        if len(found) == 1:
            wanted = until - since
            least, most = wanted * (1 - LIKE), wanted * (1 + LIKE)
        until = since
    return found


def _nearest(
    known: Sequence[datetime], until: datetime, wanted: timedelta, least: timedelta, most: timedelta
) -> datetime | None:
    there = [at for at in known if least <= until - at <= most]
    return min(there, key=lambda at: abs(until - at - wanted), default=None)


def why(churn: TrainedModel, before: Row, now: Row, phrases: Phrasebook) -> tuple[Reason, ...]:
    """At most three sentences on what raised the log-odds most between two rows of features, the weightiest first."""
    was, nobody = dict(churn.contributions(before)), dict.fromkeys(now, LEFT_OUT)
    moved = [(name, added - was[name]) for name, added in churn.contributions(now)]
    found: dict[str, Reason] = {}
    for one in sorted((one for one in moved if one[1] > 0), key=lambda one: (-one[1], one[0])):
        told = zip(reasons([one], now, phrases.churn), reasons([one], nobody, phrases.churn), strict=True)
        found |= {kind: Reason(said, kind) for said, kind in told if kind not in found}
        if len(found) == MAX_REASONS:
            break
    return tuple(found.values())
