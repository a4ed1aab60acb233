"""A campaign for 1,000,000 customers and 20 offers, from scores to the written list: seconds and memory."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.decisions_instances import audience, menu
from benchmarks.results import FILE, record
from configs.loading import load
from configs.policy import DEFAULT, Policy
from pipelines.audience import Gathered
from pipelines.campaign import Campaign, make
from serving.catalogue import Catalogue
from serving.everyone import Everyone
from serving.ledger import Ledger, open_ledger

COMMAND = "make benchmark-decisions"
NOW = datetime(2024, 1, 1, tzinfo=UTC)
OFFERS = 20


def gathered(customers: int, ledger: Path) -> Gathered:
    """What models say of everybody, made up, before a menu under 8 limits."""
    made, asked = menu(customers, OFFERS, 7), audience(customers, OFFERS, 7)
    ids = pa.array([f"c{number:07d}" for number in range(customers)])
    unknown = np.full(customers, np.nan)
    grades = ("randomised",) * OFFERS
    everyone = Everyone(ids, unknown, unknown, asked, asked.effect_value * np.nan, asked.effect_value, grades)
    catalogue = Catalogue(made.offers)
    return Gathered(
        load(DEFAULT, Policy), catalogue, made, everyone, NOW, (), Ledger(open_ledger(f"sqlite:///{ledger}"))
    )


def floor(table: pa.Table, folder: Path) -> float:
    """Seconds that writing the same rows as Parquet takes, which no campaign can do without."""
    begun = time.perf_counter()
    pq.write_table(table, folder / "floor.parquet")
    return time.perf_counter() - begun


def main() -> None:
    """Decide, write, and keep seconds and megabytes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FILE)
    parser.add_argument("--customers", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "campaigns").mkdir()
        given = gathered(asked.customers, folder / "ledger.db")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        begun = time.perf_counter()
        done: Campaign = make(given, folder / "campaigns", folder / "list.csv", write=True)
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        written = floor(pq.read_table(folder / "campaigns" / f"{done.campaign_id}.parquet"), folder)
    note = (
        f"{done.customers:,} customers x {OFFERS} offers under 8 limits, all five arms, explored: "
        f"{done.contacts:,} contacts in a CSV, every decision in Parquet, contacts and holds in the ledger; "
        f"gap {done.gap:.1g}; one thread decides; writing the decisions alone takes {written:.1f} s, "
        f"the scores alone {before:,.0f} MB"
    )
    for figure, value, reach in (
        ("decisions.budget_million_seconds", round(seconds, 1), "<= 120"),
        ("decisions.budget_million_mb", round(peak), "<= 4000"),
    ):
        record(figure, value, reach=reach, floor=None, note=note, command=COMMAND, path=asked.results)
        print(f"{figure} {value:,}: {note}")


if __name__ == "__main__":
    main()
