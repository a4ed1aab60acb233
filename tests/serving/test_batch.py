"""Everybody scored into one file, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.errors import DataError
from serving.batch import SCHEMA, Effective, score_table
from serving.catalogue import Catalogue
from serving.effects import EffectModel
from serving.most_effective import actions_at
from tests.serving import effect_artefacts
from tests.serving.artefacts import artefact, model
from tests.serving.effect_artefacts import ON_RETENTION
from tests.serving.fakes import offer

AS_OF = datetime(2023, 6, 1, tzinfo=UTC)


def piece(days: list[float | None], first: int = 0) -> pa.Table:
    return pa.table(
        {
            "customer_id": [f"c{first + number}" for number in range(len(days))],
            "as_of": pa.array([AS_OF] * len(days), pa.timestamp("us", "UTC")),
            "x__days": pa.array(days, pa.float64()),
            "x__plan": pa.array(["gold"] * len(days)),
        }
    )


def test_pieces_become_one_file_with_bands_and_stakes(tmp_path: Path) -> None:
    churn, value = model(tmp_path / "churn", artefact()), model(tmp_path / "value", artefact(link="log"))
    told: list[int] = []
    path = tmp_path / "scores" / "now.parquet"
    pieces = iter([piece([-20.0, 0.0]), piece([10.0, 30.0, None], first=2)])
    assert score_table(pieces, churn=churn, value=value, path=path, progress=told.append) == 5
    written = pq.read_table(path)
    assert (written.schema, told) == (SCHEMA, [2, 5])
    assert written["customer_id"].to_pylist() == ["c0", "c1", "c2", "c3", "c4"]
    assert written["risk_band"].to_pylist() == ["low", "medium", "high", "high", "high"]
    rows = [{"x__days": days, "x__plan": "gold"} for days in (-20.0, 0.0, 10.0, 30.0, None)]
    assert written["p_churn"].to_pylist() == pytest.approx(churn.predict(rows).tolist())
    assert written["value_at_stake"].to_pylist() == pytest.approx(value.predict(rows).tolist())


def test_without_a_value_model_the_stake_is_null(tmp_path: Path) -> None:
    churn = model(tmp_path / "churn", artefact())
    score_table(iter([piece([1.0])]), churn=churn, value=None, path=tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet")["value_at_stake"].to_pylist() == [None]


CATALOGUE = Catalogue((offer("o1_A", "A"), offer("o2_B", "B", ("sms",)), offer("x_C", "C")))


def affine(days: list[float]) -> pa.Table:
    """A piece with what the effects ask for: only those who accepted kind B before are moved by it."""
    held = piece(list(days))
    for name, values in {
        "recency__purchase_days": days,
        "profile__plan": ["gold"] * len(days),
        "affinity__accepted@A": [0.0] * len(days),
        "affinity__accepted@B": [2.0 + 2.0 * (at % 2) for at in range(len(days))],
    }.items():
        held = held.append_column(name, pa.array(values))
    return held


def effective(folder: Path, made: effect_artefacts.Effects) -> tuple[EffectModel, Effective]:
    found = effect_artefacts.model(folder, made)
    return found, Effective(found, actions_at(CATALOGUE, found, AS_OF), "margin")


def test_the_most_effective_offer_stands_beside_the_risk(tmp_path: Path) -> None:
    churn, (found, best) = model(tmp_path / "churn", artefact()), effective(tmp_path, effect_artefacts.artefact())
    pieces, path = [affine([10.0, 20.0]), affine([30.0])], tmp_path / "out.parquet"
    assert score_table(iter(pieces), churn=churn, value=None, path=path, effective=best) == 3
    written = pq.read_table(path)
    assert written.schema == SCHEMA
    assert written["uplift_offer_id"].to_pylist() == ["o1_A", "o2_B", "o1_A"]  # 1 + 2 x 4 - 4 exceeds 1
    assert written["uplift_channel"].to_pylist() == ["email", "sms", "email"]
    assert written["evidence"].to_pylist() == ["randomised", "observational", "randomised"]
    assert written["margin_uplift"].to_pylist() == pytest.approx([1.0, 5.0, 1.0])
    assert written["uplift"].to_pylist() == pytest.approx([0.04, 0.03 + 0.02 + 0.01 - 0.08 + 0.01, 0.08])
    rows = [{"recency__purchase_days": 10.0, "profile__plan": "gold", "offers__kind": "A", "channel": "email"}]
    [alone] = found.effects(rows, [CATALOGUE.offers[0]])
    assert (written["uplift_low"][0].as_py(), written["uplift_high"][0].as_py()) == pytest.approx(
        (alone.low, alone.high)
    )


def test_a_target_that_was_not_learned_is_null(tmp_path: Path) -> None:
    churn, (_, best) = (
        model(tmp_path / "churn", artefact()),
        effective(tmp_path, effect_artefacts.artefact(ON_RETENTION)),
    )
    score_table(iter([affine([10.0])]), churn=churn, value=None, path=tmp_path / "out.parquet", effective=best)
    [row] = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert (row["uplift"], row["margin_uplift"], row["margin_uplift_low"]) == (pytest.approx(0.04), None, None)


@pytest.mark.parametrize("champion", [True, False])
def test_without_evidence_there_is_no_effect(tmp_path: Path, champion: bool) -> None:
    churn = model(tmp_path / "churn", artefact())
    _, refused = effective(tmp_path, effect_artefacts.artefact(tried=effect_artefacts.evidence(o1_A="none")))
    path = tmp_path / "out.parquet"
    score_table(iter([affine([1.0, 2.0])]), churn=churn, value=None, path=path, effective=refused if champion else None)
    written = pq.read_table(path)
    assert written["evidence"].to_pylist() == ["none", "none"]
    for name in ("uplift", "uplift_low", "uplift_high", "margin_uplift", "uplift_offer_id", "uplift_channel"):
        assert written[name].to_pylist() == [None, None]


def test_nobody_is_a_file_without_rows(tmp_path: Path) -> None:
    churn = model(tmp_path / "churn", artefact())
    assert score_table(iter([]), churn=churn, value=None, path=tmp_path / "out.parquet") == 0
    assert pq.read_table(tmp_path / "out.parquet").schema == SCHEMA


def test_a_run_that_breaks_off_leaves_the_file_of_before(tmp_path: Path) -> None:
    churn, path = model(tmp_path / "churn", artefact()), tmp_path / "scores" / "out.parquet"
    score_table(iter([piece([1.0])]), churn=churn, value=None, path=path)

    def breaking() -> Iterator[pa.Table]:
        yield piece([1.0, 2.0])
        raise DataError("the second piece is gone")

    with pytest.raises(DataError, match="the second piece is gone"):
        score_table(breaking(), churn=churn, value=None, path=path)
    assert [file.name for file in path.parent.iterdir()] == ["out.parquet"]
    assert pq.read_table(path).num_rows == 1


def test_a_missing_feature_is_named(tmp_path: Path) -> None:
    churn = model(tmp_path / "churn", artefact())
    with pytest.raises(DataError, match="needs features that are not there: x__plan"):
        score_table(
            iter([piece([1.0]).drop_columns("x__plan")]), churn=churn, value=None, path=tmp_path / "out.parquet"
        )
