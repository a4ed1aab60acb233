"""The company's records on disk, which grow by a week at a time: what it knows, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.dataset import Clock, Dataset, Source
from pipelines.loop.company import Company
from pipelines.market.company import mapping
from pipelines.market.living import Made
from pipelines.market.records import contacts, contracts, engagement, people, purchases
from pipelines.market.records.block import Block
from pipelines.market.setting import START, Setting

WHOLE = ("subscriptions", "offers")  # written anew each week; all other tables grow


class Books:
    """`folder`/TABLE/WEEK.parquet. Chance in the records comes from `seed`, week by week."""

    def __init__(self, folder: Path, setting: Setting, seed: int) -> None:
        self._folder, self._setting, self._seed = folder, setting, seed
        self._told = 0
        self._spells = contracts.NONE
        self._favourite = purchases.favourites(setting.customers, np.random.default_rng([seed, 0]))
        self._to_come: list[pa.Table] = []

    def tell(self, company: Company, campaigns: tuple[Made, ...]) -> datetime:
        """Write the weeks lived since the last time, with the `campaigns` made in them; the instant they end at."""
        week = company.week
        rng = np.random.default_rng([self._seed, week])
        traits, drifts = company.market.traits, company.market.drifts
        block = Block(0, START, traits, tuple(company.weeks), campaigns, drifts, company.catalogue, self._told)
        self._spells = contracts.spells(block, rng, self._spells)
        self._to_come.append(contacts.outcomes_to_come(block, rng))
        now = START + timedelta(weeks=week)
        tables = {
            "customers": people.customers(block, rng),
            "transactions": purchases.transactions(block, rng, favourite=self._favourite),
            "interactions": engagement.interactions(block, rng),
            "feedback": engagement.feedback(block, rng),
            "loyalty": purchases.loyalty(block),
            "consents": people.consents(block),
            "treatments": contacts.treatments(block, "randomised"),
            "outcomes": self._come(now),
            "subscriptions": contracts.told(block, self._spells),
            "offers": contacts.offers(START, self._setting.weeks, company.catalogue),
        }
        for name, table in tables.items():
            self._write(name, table, week)
        self._told = week
        return now

    def dataset(self, now: datetime) -> Dataset:
        """How the files become tables, as at `now`."""
        made = mapping(self._setting, self._folder)
        place = str(self._folder.resolve()).replace("$", "$$")
        sources = {
            name: Source(path=f"{place}/{name.removeprefix('market_')}/*.parquet", options={"union_by_name": True})
            for name in made.sources
        }
        return made.model_copy(update={"sources": sources, "clock": Clock(kind="data", at=now)})

    def _come(self, now: datetime) -> pa.Table:
        """The outcomes that have come in by `now` and were not told before."""
        due, later = [], []
        for table in self._to_come:
            arrived = pc.less(table["occurred_at"], pa.scalar(now, table["occurred_at"].type))
            due.append(table.filter(arrived))
            later.append(table.filter(pc.invert(arrived)))
        self._to_come = [table for table in later if table.num_rows]
        return pa.concat_tables([_with_ids(table).unify_dictionaries() for table in due])

    def _write(self, name: str, table: pa.Table, week: int) -> None:
        path = self._folder / name / ("all.parquet" if name in WHOLE else f"{week:04d}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(_with_ids(table) if name == "treatments" else table, path)


def _with_ids(table: pa.Table) -> pa.Table:
    """The table with decision ids, null where nobody had any: the files of one table have the same columns."""
    if "decision_id" in table.column_names:
        return table
    return table.append_column("decision_id", pa.nulls(table.num_rows, pa.string()))
