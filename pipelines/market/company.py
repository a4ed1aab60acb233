"""The market as a company's files: one Parquet per canonical table, the mapping that reads them, and the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from configs.dataset import Acceptance, Attribute, Churn, Clock, Dataset, Snapshots, Source, TableName, Value
from configs.loading import dump
from pipelines.market import oracle
from pipelines.market.oracle import truths
from pipelines.market.records import contacts, contracts, engagement, people, purchases
from pipelines.market.records.block import Block
from pipelines.market.setting import BLOCK, START, Setting, blocks
from pipelines.market.truth import HORIZON_WEEKS

TABLES: tuple[TableName, ...] = get_args(TableName)
TRUTH = Path("truth") / "treatments.parquet"
MAPPING, README = "dataset.yaml", "README.md"


@dataclass(frozen=True)
class Written:
    """A market on disk: rows by file, customers of each class over all treatments, and the oracle's mean profit."""

    folder: Path
    rows: Mapping[str, int]
    classes: Mapping[str, int]
    oracle_profit: float


def write(setting: Setting, folder: Path, progress: Callable[[str, int, int], None]) -> Written:
    """Live the market and write its records into `folder`, which must exist; the mapping comes last."""
    (folder / TRUTH).parent.mkdir()
    written = _Tally()
    with _Files(folder) as files:
        for number, (block, rng) in enumerate(blocks(setting)):
            progress("customers simulated", number * BLOCK, setting.customers)
            tables = _tables(block, rng, setting)
            written.count(tables)
            files.add(tables)
    offers = {"offers.parquet": contacts.offers(START, setting.weeks, setting.catalogue)}
    with _Files(folder) as files:
        files.add(offers)
    written.count(offers)
    filled = [name for name in TABLES if written.rows[f"{name}.parquet"]]
    dump(mapping(setting, folder, filled), folder / MAPPING)
    return Written(folder, dict(written.rows), dict(written.classes), written.profit / max(1, written.rows[str(TRUTH)]))


class _Files:
    """Parquet files that grow by a row group at a time, written beside the simulation of the next block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._opened = ExitStack()
        self._pending: Future[None] | None = None

    def __enter__(self) -> _Files:
        self._hand = self._opened.enter_context(ThreadPoolExecutor(1))
        return self

    def __exit__(self, *_: object) -> None:
        with self._opened:
            self._wait()

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Write `tables`, by file, once those before are written: no more than two blocks are held."""
        self._wait()
        self._pending = self._hand.submit(self._write, tables)

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()

    def _write(self, tables: Mapping[str, pa.Table]) -> None:
        for name, table in tables.items():
            if name not in self._writers:
                texts = [column.name for column in table.schema if not pa.types.is_floating(column.type)]
                opened = pq.ParquetWriter(self._folder / name, table.schema, use_dictionary=texts)
                self._writers[name] = self._opened.enter_context(opened)
            self._writers[name].write_table(table)


@dataclass
class _Tally:
    """What has been written so far."""

    rows: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    profit: float = 0.0

    def count(self, tables: Mapping[str, pa.Table]) -> None:
        """Add a block's tables, by file."""
        self.rows.update({name: table.num_rows for name, table in tables.items()})
        truth = tables.get(str(TRUTH))
        if truth is not None and truth.num_rows:
            found = truth["class"].combine_chunks().indices.to_numpy()
            counts = np.bincount(found, minlength=len(oracle.CLASSES))
            self.classes.update(dict(zip(oracle.CLASSES, counts.tolist(), strict=True)))
            self.profit += float(truth["oracle_profit"].to_numpy().sum())


def _tables(block: Block, rng: np.random.Generator, setting: Setting) -> dict[str, pa.Table]:
    return {
        "customers.parquet": people.customers(block, rng),
        "transactions.parquet": purchases.transactions(block, rng),
        "interactions.parquet": engagement.interactions(block, rng),
        "feedback.parquet": engagement.feedback(block, rng),
        "subscriptions.parquet": contracts.subscriptions(block, rng),
        "loyalty.parquet": purchases.loyalty(block),
        "treatments.parquet": contacts.treatments(block, setting.log),
        "outcomes.parquet": contacts.outcomes(block, rng),
        "consents.parquet": people.consents(block),
        str(TRUTH): truths(block),
    }


def mapping(setting: Setting, folder: Path, filled: Sequence[TableName] = TABLES) -> Dataset:
    """How the `filled` files in `folder` become tables: a lapse is eight weeks without a purchase or a bill."""
    number, days = Attribute(kind="number"), 7 * HORIZON_WEEKS
    place = str(folder.resolve()).replace("$", "$$")
    return Dataset(
        name=f"market_{setting.log}",
        about=f"{setting.customers:,} simulated customers, {setting.weeks} weeks, seed {setting.seed}.",
        notice="A simulated market: its customers are made up, and its truth is known.",
        timezone="UTC",
        sources={f"market_{name}": Source(path=f"{place}/{name}.parquet") for name in filled},
        tables={name: f"SELECT * FROM market_{name}" for name in filled},
        attributes={
            "customers": {
                "age": number,
                "region": Attribute(group="geographic"),
                "source": Attribute(group="behavioural"),
                "device": Attribute(group="technographic"),
                "member": Attribute(kind="number", group="behavioural"),
            },
            "offers": {"depth": number},
        },
        clock=Clock(kind="data", at=START + timedelta(weeks=setting.weeks)),
        # Counted back from the end, every four weeks meets every campaign.
        snapshots=Snapshots(every_days=28, first=START + timedelta(weeks=HORIZON_WEEKS)),
        churn=Churn(kind="lapse", horizon_days=days, active_within_days=days),
        value=Value(kind="transactions"),
        acceptance=Acceptance(kinds=("accepted",), within_days=28),
        policy="margin",
    )
