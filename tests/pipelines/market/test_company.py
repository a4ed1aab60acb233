"""The market as files: every table, a mapping that ingestion accepts as it stands, and the same bytes from a seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from configs.dataset import Dataset
from configs.loading import load
from configs.workspace import Workspace
from features.contract import TABLES as CONTRACT
from pipelines import ingest
from pipelines.market.company import MAPPING, TABLES, TRUTH, Written, write
from pipelines.market.records.contacts import LOST
from pipelines.market.setting import BLOCK, Setting

SETTING = Setting(customers=400, weeks=26, seed=1)


def written(folder: Path, setting: Setting = SETTING) -> Written:
    folder.mkdir(parents=True)
    return write(setting, folder, lambda *_: None)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("market") / "out")


def test_every_canonical_table_is_filled(market: Written) -> None:
    assert set(TABLES) == set(CONTRACT)
    files = {str(path.relative_to(market.folder)) for path in market.folder.rglob("*.parquet")}
    assert files == {f"{name}.parquet" for name in TABLES} | {str(TRUTH)} == set(market.rows)
    for name, rows in market.rows.items():
        assert pq.read_metadata(market.folder / name).num_rows == rows > 0


def test_ingestion_keeps_every_row_but_exact_duplicates(market: Written, tmp_path: Path) -> None:
    dataset = load(market.folder / MAPPING, Dataset)
    summaries = ingest.run(dataset, Workspace(tmp_path / "workspace"))
    assert {summary.table: summary.quarantined for summary in summaries} == dict.fromkeys(TABLES, 0)
    assert {summary.table: summary.read for summary in summaries} == {
        name: market.rows[f"{name}.parquet"] for name in TABLES
    }
    assert sum(summary.duplicates for summary in summaries) <= 2  # two visits in the same second


def test_the_last_campaigns_window_is_cut_off(market: Written) -> None:
    dataset = load(market.folder / MAPPING, Dataset)
    last = pq.read_table(market.folder / "treatments.parquet")["occurred_at"].to_pandas().max()
    now = dataset.clock.at
    assert now is not None
    assert (now - last).days < dataset.churn.horizon_days


def test_snapshots_meet_every_campaign(market: Written) -> None:
    dataset = load(market.folder / MAPPING, Dataset)
    waves = pq.read_table(market.folder / "treatments.parquet")["occurred_at"].to_pandas().unique()
    assert len(waves) == 3
    assert {(dataset.clock.at - wave).total_seconds() / 86_400 % dataset.snapshots.every_days for wave in waves} <= {
        14.0
    }


def test_tallies_add_up(market: Written) -> None:
    assert sum(market.classes.values()) == market.rows[str(TRUTH)] == market.rows["treatments.parquet"]
    profit = pq.read_table(market.folder / TRUTH)["oracle_profit"].to_numpy()
    assert market.oracle_profit == pytest.approx(profit.mean())


def test_the_same_setting_writes_the_same_tables(market: Written, tmp_path: Path) -> None:
    again = written(tmp_path / "again")
    for name in market.rows:
        assert pq.read_table(again.folder / name).equals(pq.read_table(market.folder / name))


def test_a_market_too_small_for_every_table_maps_those_it_has(tmp_path: Path) -> None:
    one = written(tmp_path / "one", Setting(customers=1, weeks=9, seed=1))
    mapped = set(load(one.folder / MAPPING, Dataset).tables)
    assert mapped == {name for name in TABLES if one.rows[f"{name}.parquet"]}
    assert "customers" in mapped


def test_a_folder_with_a_dollar_in_its_name_can_be_read_back(tmp_path: Path) -> None:
    odd = written(tmp_path / "a $HOME b", Setting(customers=50, weeks=9))
    ingest.run(load(odd.folder / MAPPING, Dataset), Workspace(tmp_path / "workspace"))


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    setting = Setting(customers=3_000, weeks=24, seed=2)
    return written(tmp_path_factory.mktemp("larger") / "out", setting).folder


def windows(folder: Path) -> pd.DataFrame:
    """Treatments with the truth, and with purchases and margin of (occurred_at, occurred_at + 56 days] on record."""
    made = pq.read_table(folder / "treatments.parquet").to_pandas()
    made = made.join(pq.read_table(folder / TRUTH).to_pandas().drop(columns=["customer_id", "occurred_at"]))
    sales = pq.read_table(folder / "transactions.parquet").to_pandas()
    sales = sales[["customer_id", "occurred_at", "margin"]].set_axis(["customer_id", "sold_at", "earned"], axis=1)
    pairs = made.reset_index()[["index", "customer_id", "occurred_at"]].merge(sales, on="customer_id")
    later = pairs.sold_at - pairs.occurred_at
    inside = pairs[(later > pd.Timedelta(0)) & (later <= pd.Timedelta(days=56))]
    sums = inside.groupby("index").earned.agg(["size", "sum"]).reindex(made.index, fill_value=0)
    return made.assign(bought=sums["size"] > 0, earned=sums["sum"])


def test_the_records_of_a_window_agree_with_the_truth(larger: Path) -> None:
    """The noise of a customer's window around its expectation has mean zero: four standard errors, by arm."""
    found = windows(larger)
    arms = found.offer_id.astype(str) + ":" + found.channel.astype(object).fillna("")
    assert arms.nunique() == 13
    for arm, rows in found.groupby(arms):
        control = arm == "control:"
        for record, what in (("bought", "retention"), ("earned", "margin")):
            noise = rows[record].astype(float) - rows[what if control else f"{what}|{arm}"]
            assert abs(noise.mean()) < 4.0 * noise.std() / np.sqrt(len(noise)), (arm, what)
    assert len(found) > 4_000


def test_the_treated_and_control_of_a_randomised_wave_are_alike_in_truth(larger: Path) -> None:
    found = windows(larger)
    control = found.offer_id == "control"
    gap = found.margin[control].mean() - found.margin[~control].mean()
    error = np.sqrt(found.margin[control].var() / control.sum() + found.margin[~control].var() / (~control).sum())
    assert abs(gap) < 4.0 * error


def test_accepted_offers_on_record_agree_with_the_truth(larger: Path) -> None:
    found = windows(larger)
    came = pq.read_table(larger / "outcomes.parquet").to_pandas().query("kind == 'accepted'")
    treated = found[(found.offer_id != "control") & (found.occurred_at < found.occurred_at.max())]
    names = (treated.offer_id.astype(str) + ":" + treated.channel.astype(str)).to_numpy()
    bound = np.array([treated.iloc[row][f"accepted|{name}"] for row, name in enumerate(names)])
    early = came[came.occurred_at < found.occurred_at.max()]
    expected = bound.sum() * (1.0 - LOST)
    assert len(early) == pytest.approx(expected, abs=4.0 * float(np.sqrt((bound * (1.0 - bound)).sum())))


def test_blocks_are_lived_one_after_another(tmp_path: Path) -> None:
    """Memory does not grow with the market: a block is written before the next but one is begun."""
    told: list[int] = []
    out = tmp_path / "two"
    out.mkdir()
    write(Setting(customers=BLOCK + 10, weeks=9), out, lambda _, done, total: told.extend((done, total)))
    assert told == [0, BLOCK + 10, BLOCK, BLOCK + 10]
    assert pq.read_metadata(out / "customers.parquet").num_row_groups == 2
