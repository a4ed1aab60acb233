from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.contract import CONTROL
from tests.training.effects import campaigns
from training.effects.arms import arms

LEAST = 100


def known(rows: pd.DataFrame) -> pd.DataFrame:
    return campaigns.numbered(rows.reset_index(drop=True))


def fewer(rows: pd.DataFrame, offer_id: str, count: int) -> pd.DataFrame:
    return rows.drop(index=rows.index[rows.offer_id == offer_id][count:])


COUNTS = [  # rows kept of an arm -> refused offers
    ("mail", 12, ["mail"]),
    ("mail", 99, ["mail"]),
    ("mail", 100, []),
    (CONTROL, 99, ["call", "mail"]),
    (CONTROL, 100, []),
]


@pytest.mark.parametrize(("offer_id", "count", "refused"), COUNTS)
def test_an_arm_needs_rows(offer_id: str, count: int, refused: list[str]) -> None:
    found = arms(known(fewer(campaigns.log(900), offer_id, count)), LEAST)
    assert [offer.offer_id for offer in found.refused] == refused
    assert set(found.log.offer_id) == ({"mail", "call", CONTROL} - set(refused) if len(refused) < 2 else set())
    assert found.uncontrolled.empty
    for offer in found.refused:
        assert (offer.grade, min(offer.treated, offer.controls)) == ("none", count)
        few = "control" if offer_id == CONTROL else "treated"
        assert f"{LEAST - count} more {few} customers, drawn at random, would do" in offer.why


def test_waves_without_controls_do_not_count() -> None:
    rows = campaigns.log(900, waves=2)
    uncontrolled = rows[(rows.offer_id != CONTROL) | (rows.as_of == campaigns.START)]
    found = arms(known(uncontrolled), LEAST)
    assert set(found.log.as_of) == {campaigns.START}
    assert found.log.index.tolist() == list(range(len(found.log)))
    assert found.uncontrolled.empty  # both offers were made in the other wave too


def test_offers_without_any_control_are_set_apart() -> None:
    rows = campaigns.log(900, waves=2)
    later = rows.as_of > campaigns.START
    rows = rows[~later | (rows.offer_id == "call")].assign(offer_id=lambda own: own.offer_id.where(~later, "late"))
    found = arms(known(rows), LEAST)
    assert set(found.uncontrolled.offer_id) == {"late"}
    assert set(found.log.offer_id) == {"mail", "call", CONTROL}


@pytest.mark.parametrize(("customers", "logged_only"), [(900, True), (60, False)])
def test_logged_rows_go_before_others_where_they_suffice(customers: int, logged_only: bool) -> None:
    logged, unlogged = campaigns.log(customers), campaigns.log(900, seed=1, logged=False)
    found = arms(known(pd.concat([logged, unlogged])), LEAST)
    treated = found.log[found.log.offer_id != CONTROL]
    assert bool(treated.propensity.notna().all()) is logged_only
    assert found.refused == ()
    assert len(found.log) == (customers if logged_only else customers + 900)
    assert np.isfinite(found.log.stratum).all()


def test_nothing_but_controls_is_nothing_to_compare() -> None:
    rows = campaigns.log(900)
    found = arms(known(rows[rows.offer_id == CONTROL]), LEAST)
    assert (len(found.log), found.refused, len(found.uncontrolled)) == (0, (), 0)
