"""Pega's extract, as pdstools' DecisionAnalyzer reads it, and the factors of its priority."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pdstools.decision_analyzer.DecisionAnalyzer import DecisionAnalyzer

from pipelines.export import pega
from pipelines.export.logged import Logged
from pipelines.export.pega import factors
from tests.pipelines.export.by_hand import DECISION

AMOUNT = st.floats(-1e6, 1e6).map(lambda amount: round(amount, 6))


def rows(one: Logged, folder: Path) -> list[dict[str, object]]:
    pega.write([one], folder / "d.parquet")
    columns = ["pyName", "pyGroup", "Stage_pyName", "pxRecordType", "pxComponentName", "Priority"]
    found: list[dict[str, object]] = pq.read_table(folder / "d.parquet", columns=columns).to_pylist()
    return found


def test_an_action_stands_under_the_stage_that_it_came_to(tmp_path: Path) -> None:
    assert [tuple(row.values()) for row in rows(DECISION, tmp_path)] == [
        ("old", "unknown", "validity", "FILTERED_OUT", "over", None),
        ("gift", "present", "Arbitration", "FILTERED_OUT", "another came first", pytest.approx(4.1)),
        ("voucher", "discount", "Output", "OUTPUT", "made", pytest.approx(1.3)),
    ]


def test_every_slot_is_output_and_nothing_is_no_row(tmp_path: Path) -> None:
    of_two = rows(replace(DECISION, made=(1, 0)), tmp_path)[1:]
    assert [(row["pyName"], row["Stage_pyName"]) for row in of_two] == [("gift", "Output"), ("voucher", "Output")]
    of_none = rows(replace(DECISION, made=(2,)), tmp_path)[1:]
    assert [(row["pyName"], row["pxComponentName"]) for row in of_none] == [
        ("gift", "nothing came first"),
        ("voucher", "nothing came first"),
    ]


def test_a_stage_of_another_name_comes_before_arbitration(tmp_path: Path) -> None:
    unheard = {"offer_id": "old", "channel": "sms", "stage": "new_stage", "reason": "because"}
    pega.write([replace(DECISION, filtered=(unheard,))], tmp_path / "d.parquet")
    found = pq.read_table(tmp_path / "d.parquet").to_pylist()[0]
    assert (found["Stage_pyName"], found["Stage_pyStageGroup"]) == ("new_stage", "new_stage")
    assert found["Stage_pyOrder"] < pega.ARBITRATION


def test_pdstools_counts_what_was_decided(decisions: list[Logged], tmp_path: Path) -> None:
    pega.write(decisions, tmp_path / "d.parquet")
    analyzer = DecisionAnalyzer.from_decision_analyzer(str(tmp_path / "d.parquet"))
    found = analyzer.get_overview_stats()
    offers = {offer for one in decisions for offer in one.actions["offer_id"] if offer}
    offers |= {refused["offer_id"] for one in decisions for refused in one.filtered}
    assert found["Actions"] == len(offers)
    with_rows = [one for one in decisions if len(one.names) > 1 or one.filtered]
    assert found["Decisions"] == len(with_rows)
    assert found["Customers"] == len({one.customer_id for one in with_rows})
    made = analyzer.decision_data.filter(pl.col("Record Type") == "OUTPUT").select(pl.len()).collect().item()
    assert made == sum(one.names[place] != "nothing" for one in decisions for place in one.made)


@pytest.mark.parametrize(
    ("p_accept", "net_value", "lever", "expected"),
    [
        (0.5, 4.0, 1.0, (0.5, 6.0, 4 / 3)),
        (0.5, 4.0, 0.0, (0.5, 8.0, 1.0)),
        (0.0, 4.0, 1.0, (None, 3.0, 4 / 3)),
        (0.5, 4.0, 4.0, (0.5, 8.0, 1.0)),  # the lever is all there is
        (0.5, 0.1 + 0.2, 0.3, (0.5, 0.6000000000000001, 1.0)),  # but for rounding
        (0.5, 0.0, 0.0, (0.5, 0.0, 1.0)),
        (0.5, 0.0, 3.0, (0.5, -6.0, 0.0)),
        (0.5, 2.0, 3.0, (0.5, -2.0, -2.0)),  # what is a loss without it
    ],
)
def test_the_factors(
    p_accept: float, net_value: float, lever: float, expected: tuple[float | None, float, float]
) -> None:
    assert factors(p_accept, net_value, lever) == expected


@given(p_accept=st.one_of(st.just(0.0), st.floats(1e-9, 1.0)), net_value=AMOUNT, lever=AMOUNT)
def test_the_product_of_the_factors_is_the_net_value(p_accept: float, net_value: float, lever: float) -> None:
    propensity, value, weight = factors(p_accept, net_value, lever)
    assert value * weight * (1.0 if propensity is None else propensity) == pytest.approx(net_value, rel=1e-9)
    assert (propensity is None) == (p_accept == 0.0)


@given(p_accept=st.floats(1e-9, 1.0), net_value=AMOUNT, lever=AMOUNT)
def test_without_its_weight_an_action_is_worth_what_it_is_without_its_lever(
    p_accept: float, net_value: float, lever: float
) -> None:
    assume(net_value != lever)
    _, value, _ = factors(p_accept, net_value, lever)
    assert value * p_accept == pytest.approx(net_value - lever, rel=1e-9, abs=1e-3)
