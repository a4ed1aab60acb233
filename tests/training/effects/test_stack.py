from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.contract import CONTROL
from tests.training.effects import campaigns
from training.effects.stack import actions, frequency, stack, strata, waves

DAY = pd.Timedelta(days=1)


def test_few_instants_are_waves_and_many_are_weeks() -> None:
    few = pd.Series([campaigns.START, campaigns.START + 3 * DAY])
    assert waves(few).tolist() == few.tolist()
    stream = pd.Series([campaigns.START + number * pd.Timedelta(hours=2) for number in range(150)])
    mondays = {pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-01-08", tz="UTC")}
    assert set(waves(stream)) == mondays
    assert (waves(stream) <= stream).all()


def test_logged_rows_are_a_stratum_of_their_own() -> None:
    rows = campaigns.log(30, waves=2)
    rows.loc[rows.index[:10], "propensity"] = np.nan
    known = strata(rows)
    assert known.groupby("stratum").wave.nunique().max() == 1
    assert known.groupby(["wave", known.propensity.notna()]).stratum.nunique().tolist() == [1, 1, 1]
    assert known.stratum.nunique() == 3


def made(arms: dict[tuple[str, str | None], int], wave: int = 0) -> pd.DataFrame:
    rows = [(offer_id, channel) for (offer_id, channel), count in arms.items() for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["offer_id", "channel"])
    frame["customer_id"] = [f"w{wave}c{number}" for number in range(len(frame))]
    as_of = campaigns.START + wave * DAY
    return frame.assign(
        as_of=as_of, closes_at=as_of + DAY, propensity=np.nan, retention=1.0, margin=0.0, accepted=np.nan,
        offer_kind=frame.offer_id.where(frame.offer_id != CONTROL, None).str.upper(),
    )  # fmt: skip


ARMS = {(CONTROL, None): 8, ("a", "email"): 6, ("a", "sms"): 3, ("b", None): 3}


def test_actions_are_counted_by_stratum() -> None:
    log = campaigns.numbered(pd.concat([made(ARMS), made({("a", "email"): 2}, 1)], ignore_index=True))
    found = actions(log)
    told = found.astype({"channel": object}).where(found.notna(), None)[["stratum", "offer_id", "channel", "made"]]
    assert told.to_numpy().tolist() == [
        [0, "a", "email", 6],
        [0, "a", "sms", 3],
        [0, "b", None, 3],
        [1, "a", "email", 2],
    ]
    assert found.part.tolist() == [0.5, 0.25, 0.25, 1.0]
    assert set(found.offer_kind) == {"A", "B"}


def test_frequency_is_the_part_of_the_stratum_that_got_the_same() -> None:
    log = strata(made(ARMS))
    assert frequency(log).round(3).unique().tolist() == [0.4, 0.3, 0.15]


def test_controls_stand_for_every_action_as_often_as_it_was_made() -> None:
    log = campaigns.numbered(made(ARMS))
    rows = stack(log, 3.0, seed=0)
    assert rows.treated.sum() == 12
    controls = rows[rows.treated == 0]
    assert len(controls) == 8 * 3
    assert controls.groupby("log_row").weight.sum().tolist() == [1.0] * 8
    assert rows.share.unique().tolist() == [0.6]
    for _, own in rows.groupby(["offer_id", "channel"], dropna=False):  # being treated says nothing of the action
        assert own.weight[own.treated == 1].sum() / own.weight.sum() == pytest.approx(0.6)
    assert (log.customer_id.iloc[rows.log_row].to_numpy() == rows.customer_id.to_numpy()).all()
    assert log.offer_id.iloc[controls.log_row].unique().tolist() == [CONTROL]


def test_controls_stand_for_their_own_wave_only() -> None:
    first, second = made({(CONTROL, None): 4, ("a", "email"): 4}), made({(CONTROL, None): 4, ("b", "email"): 4}, 1)
    rows = stack(campaigns.numbered(pd.concat([first, second], ignore_index=True)), 3.0, seed=0)
    assert rows.groupby(["as_of", "offer_id"]).size().tolist() == [8, 8]


def test_a_few_copies_are_drawn_in_proportion_where_all_are_too_many() -> None:
    arms = {(CONTROL, None): 3000, ("a", "email"): 500, ("a", "sms"): 300, ("b", "email"): 150, ("b", "sms"): 50}
    log = campaigns.numbered(made(arms))
    rows = stack(log, 7.0, seed=0)  # 2 copies: 6,000 control rows, where all would be 12,000
    controls = rows[rows.treated == 0]
    assert 3000 < len(controls) <= 6000
    assert controls.groupby("log_row").weight.sum().to_numpy() == pytest.approx(1.0)
    mass = controls.groupby(["offer_id", "channel"]).weight.sum() / 3000
    assert mass.to_numpy() == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=3 * np.sqrt(0.25 / 3000))
    assert not controls.duplicated(["log_row", "offer_id", "channel"]).any()
    again = stack(log, 7.0, seed=0)
    assert again.equals(rows)
    assert not stack(log, 7.0, seed=1).equals(rows)
