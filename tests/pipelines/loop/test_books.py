"""Records that grow by a week at a time: ingestion accepts them, and nothing is told before it is known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from configs.workspace import Workspace
from pipelines import ingest
from pipelines.loop.books import WHOLE, Books
from pipelines.loop.company import Company
from pipelines.market.company import TABLES
from pipelines.market.living import Made
from pipelines.market.logs import Campaign
from pipelines.market.setting import START, Setting
from tests.pipelines.loop.conftest import SETTING

WEEKS = 3  # lived after the history


def decided(company: Company) -> Made:
    """Everybody who may be is contacted with the first action, by a service that gives ids."""
    allowed = company.allowed()[:, 0]
    ids = np.array([f"campaign-{company.week}-{number}" for number in range(company.customers)], dtype=object)
    campaign = Campaign(allowed, np.where(allowed, 0, -1), np.where(allowed, 1.0, np.nan), ids)
    return Made(company.week, campaign, company.market.since(company.week))


@pytest.fixture(scope="module")
def told(company: Company, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Company, Books, list[Made]]:
    """A company whose history, and then every week, was written."""
    folder, twin = tmp_path_factory.mktemp("books"), company.fork(1)
    books, made = Books(folder, SETTING, seed=1), []
    books.tell(twin, tuple(twin.campaigns))
    for _ in range(WEEKS):
        made.append(decided(twin))
        twin.live(made[-1].campaign.action)
        books.tell(twin, (made[-1],))
    return folder, twin, books, made


def read(folder: Path, table: str) -> pd.DataFrame:
    return pd.concat([pq.read_table(path).to_pandas() for path in sorted((folder / table).iterdir())])


def test_there_is_a_file_a_week_and_one_of_what_is_written_anew(told: tuple[Path, Company, Books, list[Made]]) -> None:
    folder = told[0]
    for table in TABLES:
        files = sorted(path.name for path in (folder / table).iterdir())
        weekly = [f"{week:04d}.parquet" for week in range(24, 24 + WEEKS + 1)]
        assert files == (["all.parquet"] if table in WHOLE else weekly), table


def test_ingestion_reads_them_all(told: tuple[Path, Company, Books, list[Made]], tmp_path: Path) -> None:
    folder, twin, books, _ = told
    dataset = books.dataset(START + timedelta(weeks=twin.week))
    summaries = ingest.run(dataset, Workspace(tmp_path / "workspace"))
    assert {one.table: one.quarantined for one in summaries} == dict.fromkeys(TABLES, 0)
    assert {one.table: one.read for one in summaries} == {table: len(read(folder, table)) for table in TABLES}
    assert sum(one.duplicates for one in summaries) <= 2


def test_every_customer_is_told_of_once_and_none_before_signing_up(
    told: tuple[Path, Company, Books, list[Made]],
) -> None:
    found = read(told[0], "customers")
    assert found.customer_id.is_unique
    assert len(found) == told[1].known().sum() < SETTING.customers


def test_purchases_add_up_to_what_was_lived(told: tuple[Path, Company, Books, list[Made]]) -> None:
    folder, twin, _, _ = told
    margin = sum(week.margin.sum() for week in twin.weeks)
    assert read(folder, "transactions").margin.sum() == pytest.approx(margin, rel=1e-3)


def test_outcomes_come_in_once_when_they_are_due(told: tuple[Path, Company, Books, list[Made]]) -> None:
    folder = told[0]
    ends = {path: START + timedelta(weeks=int(path.stem)) for path in sorted((folder / "outcomes").iterdir())}
    before = pd.Timestamp(START)
    late = 0
    for path, end in ends.items():
        rows = pq.read_table(path).to_pandas()
        assert ((rows.occurred_at >= before) & (rows.occurred_at < end)).all()
        before = pd.Timestamp(end)
        named = rows.dropna(subset="decision_id")
        late += (named.decision_id.str.split("-").str[1].astype(int) < int(path.stem) - 1).sum()
    assert late > 0  # some acceptances come weeks after their contact


def test_decisions_are_named_where_a_service_made_them(told: tuple[Path, Company, Books, list[Made]]) -> None:
    folder, _, _, made = told
    sent = read(folder, "treatments")
    assert sent.decision_id.notna().sum() == sum(one.campaign.taking_part.sum() for one in made)
    came = read(folder, "outcomes").dropna(subset="decision_id")
    assert set(came.decision_id) <= set(sent.decision_id.dropna())
    assert came.groupby("decision_id").kind.value_counts().max() == 1


def test_now_is_the_end_of_the_weeks_lived(told: tuple[Path, Company, Books, list[Made]]) -> None:
    now = START + timedelta(weeks=24)
    assert told[2].dataset(now).clock.at == now


def test_a_place_with_a_dollar_is_read_back(company: Company, tmp_path: Path) -> None:
    books = Books(tmp_path / "a $HOME b", Setting(1_200, 30, 4), seed=1)
    now = books.tell(company.fork(1), tuple(company.campaigns))
    ingest.run(books.dataset(now), Workspace(tmp_path / "workspace"))
