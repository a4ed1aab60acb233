"""Whose risk rose, told from a small company's snapshots by a champion whose predictions are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from configs import reasons
from configs.artefact import Artefact, Column, Source
from configs.errors import DataError, WorkspaceError
from configs.loading import load
from configs.monitoring import EarlyWarning, Monitoring
from configs.reasons import Phrasebook
from features.compute import compute
from features.everybody import everybody
from features.tables import open_tables
from monitoring.warning.rises import examine
from pipelines.early_warning import Watcher, spans, why
from pipelines.session import Session
from tests.pipelines.test_champions import register
from tests.serving import artefacts

NOW = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SINCE = NOW - 28 * DAY
PHRASES = load(reasons.DEFAULT, Phrasebook)


def silent(*names: str) -> Artefact:
    """log-odds = -3 + what each of `names` holds, over 10; calibrated with slope .5 and intercept .1."""
    plan = artefacts.artefact()
    made = tuple(Column(source=at, op="number", value=0.0, mean=0.0, scale=10.0) for at in range(len(names)))
    linear = artefacts.Linear(coefficients=(1.0,) * len(names), intercept=-3.0)
    sources = tuple(Source(name=name) for name in names)
    return plan.model_copy(update={"sources": sources, "columns": made, "linear": linear})


SILENT = silent("recency__purchase_days")


def watcher(session: Session, **asked: float) -> Watcher:
    return Watcher(session, open_tables(session.workspace), Monitoring(early_warning=EarlyWarning(**asked)))


@pytest.fixture
def warned(session: Session) -> Session:
    """With a champion, and snapshots at both ends of one span and of the one before."""
    register(session.workspace, "churn", SILENT)
    compute(session.workspace, session.dataset, [SINCE - 28 * DAY, SINCE, NOW])
    return session


def by_hand(session: Session, at: datetime) -> pd.Series[float]:
    """p_churn of who bought within 42 days before an instant."""
    sales = pd.read_parquet(session.workspace.tables / "transactions" / "records.parquet")
    last = sales[sales.occurred_at < at].groupby("customer_id").occurred_at.max()
    days = (at - last) / pd.Timedelta(days=1)
    z = np.clip(days[days <= 42] / 10, -5, 5)
    return 1 / (1 + np.exp(-(0.1 + 0.5 * (z - 3))))


def test_everybody_at_risk_at_both_ends_is_asked_about_both(warned: Session) -> None:
    found = watcher(warned).scored()
    before, now = by_hand(warned, SINCE), by_hand(warned, NOW)
    both = sorted(set(before.index) & set(now.index))
    assert 50 < len(both) < min(len(before), len(now))
    told = pd.DataFrame({"before": found.newest.before, "now": found.newest.now}, index=found.customer_ids.to_pylist())
    assert sorted(told.index) == both
    assert told.before.to_dict() == pytest.approx(before[both].to_dict())
    assert told.now.to_dict() == pytest.approx(now[both].to_dict())
    assert (found.model, found.currency, found.newest.since, found.newest.until) == (
        "tenure-churn 1",
        "EUR",
        SINCE,
        NOW,
    )
    assert found.at_stake is None


def test_the_spans_before_are_told_likewise(warned: Session) -> None:
    (span,) = watcher(warned).scored().earlier
    before, now = by_hand(warned, SINCE - 28 * DAY), by_hand(warned, SINCE)
    both = sorted(set(before.index) & set(now.index))
    assert (span.since, span.until, len(span.rise)) == (SINCE - 28 * DAY, SINCE, len(both))
    assert np.sort(span.rise) == pytest.approx(np.sort((now - before)[both]))
    (drawn,) = replace(watcher(warned), sampled=100).scored().earlier
    assert 0 < len(drawn.rise) < 100


def test_a_value_model_says_what_is_at_stake(warned: Session) -> None:
    value = silent("recency__purchase_days").model_copy(update={"model": "value", "link": "log"})
    register(warned.workspace, "value", value)
    found = watcher(warned).scored()
    assert found.at_stake is not None
    told = found.newest.rise > 0.1
    assert (np.isfinite(found.at_stake) == told).all()  # nobody else is asked about
    days = 2 * (np.log(found.newest.now[told] / (1 - found.newest.now[told])) - 0.1)  # the same linear part
    assert np.log(found.at_stake[told]) == pytest.approx(days)


def test_the_list_has_reasons_in_the_words_of_scores_and_the_policys_advice(warned: Session) -> None:
    found, listed = examine(watcher(warned, rise=0.2), Monitoring(early_warning=EarlyWarning(rise=0.2)))
    assert found.lacking is None
    assert (found.listed, found.rose) == (len(listed), len(listed))
    assert len(listed) > 3
    for one in listed:
        days = (NOW - _last(warned, one.customer_id)) / DAY
        (reason,) = one.told.reasons
        assert reason.said == f"Has not bought for {days:,.0f} days"
        assert reason.kind == "Has not bought for … days"
        assert one.told.advice.known is False  # no response model, and nothing is online


def _last(session: Session, customer_id: str) -> pd.Timestamp:
    sales = pd.read_parquet(session.workspace.tables / "transactions" / "records.parquet")
    return sales[(sales.customer_id == customer_id) & (sales.occurred_at < NOW)].occurred_at.max()


def test_why_there_is_nothing_to_compare(session: Session) -> None:
    with pytest.raises(WorkspaceError, match="no features computed yet; run `tenure features`"):
        watcher(session).scored()
    compute(session.workspace, session.dataset, [NOW, NOW - 3 * DAY])
    with pytest.raises(DataError, match="two snapshots about 28 days apart are needed; run `tenure features` weekly"):
        watcher(session).scored()
    compute(session.workspace, session.dataset, [SINCE])
    with pytest.raises(WorkspaceError, match="churn: no champion yet; run `tenure train churn`"):
        watcher(session).scored()
    register(session.workspace, "churn", silent("loyalty__points"))
    with pytest.raises(DataError, match="needs features that are not there: loyalty__points"):
        watcher(session).scored()
    given = session.dataset.model_copy(update={"churn": session.dataset.churn.model_copy(update={"kind": "label"})})
    with pytest.raises(DataError, match="labels that came with the records are of one instant"):
        watcher(replace(session, dataset=given)).scored()


@pytest.mark.parametrize("at_once", [2, 1000])
def test_only_those_asked_for_are_read_from_a_snapshot(warned: Session, at_once: int) -> None:
    """Whether they are more than one piece holds, or fewer."""
    asked = pa.array(["c001", "c003", "<script>", "=cmd"])
    found, whole = (
        pa.concat_tables(
            everybody(warned.workspace, warned.dataset, NOW, ("gift",), only=only, at_once=at_once)
        ).to_pandas()
        for only in (asked, None)
    )
    some = whole[whole.customer_id.isin(["c001", "c003"])]
    assert_frame_equal(*(frame.sort_values("customer_id", ignore_index=True) for frame in (found, some)))
    assert len(found) == 2
    nobody = list(everybody(warned.workspace, warned.dataset, NOW, only=pa.array([], pa.string())))
    assert sum(piece.num_rows for piece in nobody) == 0


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        ([0], []),
        ([0, 3], []),
        ([0, 7, 14, 21, 28, 35], [(28, 0)]),
        ([0, 3, 24, 31, 38], [(31, 0)]),
        ([0, 56, 112], [(56, 0), (112, 56)]),
        ([0, 28, 56, 84], [(28, 0), (56, 28), (84, 56)]),
        ([0, 28, 70], [(28, 0)]),
        ([2, 26, 54], [(26, 2), (54, 26)]),
        (list(range(0, 400, 7)), [(28 * at, 28 * at - 28) for at in range(1, 8)]),
    ],
    ids=["one", "too near", "weekly", "nearest", "eight weeks", "months", "another length", "as of late", "a year"],
)
def test_a_span_is_as_near_to_what_is_asked_as_there_are_snapshots(days_ago, expected) -> None:
    found = spans([NOW - at * DAY for at in sorted(days_ago, reverse=True)], 28)
    assert [((NOW - since) // DAY, (NOW - until) // DAY) for since, until in found] == expected


def test_reasons_are_of_what_changed_and_raised_the_risk(tmp_path: Path) -> None:
    names = (
        "recency__purchase_days",
        "recency__silence_56d",
        "recency__quiet_odds_28d",
        "purchases__spend_28d",
        "x__same",
    )
    model = artefacts.model(tmp_path, silent(*names))
    before = dict(zip(names, (10.0, 0.0, 0.0, 30.0, 40.0), strict=True))
    now = dict(zip(names, (30.0, 5.0, 12.0, 10.0, 40.0), strict=True))
    found = why(model, before, now, PHRASES)
    assert [one.said for one in found] == [
        "Has not bought for 30 days",
        "Is silent for longer than usual for this customer",  # two features say it, it is said once
    ]
    assert why(model, now, now, PHRASES) == ()


def test_no_more_than_three_reasons_and_none_from_what_is_not_known(tmp_path: Path) -> None:
    names = tuple(f"x__f{number}" for number in range(5))
    model = artefacts.model(tmp_path, silent(*names))
    nothing: dict[str, float | str | None] = dict.fromkeys(names)
    found = why(model, nothing, {name: 10.0 + at for at, name in enumerate(names)}, PHRASES)
    assert [one.said for one in found] == [f"f{at} is {10 + at}, which raises the risk" for at in (4, 3, 2)]
    assert why(model, nothing, nothing, PHRASES) == ()
