from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from configs.artefact import FILE, Artefact, Column, Linear, Source, Window, read_artefact
from configs.errors import StoreUnavailable

ARTEFACT = Artefact(
    model="churn",
    dataset="shop",
    link="logit",
    sources=(Source(name="profile__city", levels=("Graz", "Linz")), Source(name="purchases__count_28d")),
    columns=(Column(source=1, op="log", mean=0.5, scale=2.0),),
    linear=Linear(coefficients=(0.25,), intercept=-1.0),
    weight=0.5,
    boosters=("model.lgb",),
    window=Window(
        first_as_of=datetime(2020, 1, 1, tzinfo=UTC),
        last_as_of=datetime(2020, 6, 1, tzinfo=UTC),
        horizon_days=28,
        lead_days=0,
        rows=300,
        fingerprint="abc",
    ),
)


def test_an_artefact_survives_its_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(ARTEFACT.model_dump_json())
    assert read_artefact(tmp_path) == ARTEFACT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "artefact format 2, this Tenure reads 1"),
        ({"weight": 1.5}, "no model can be read from it"),
        ({"surprise": 1}, "no model can be read from it"),
    ],
)
def test_an_artefact_that_cannot_be_read(tmp_path: Path, change: dict[str, object], message: str) -> None:
    (tmp_path / FILE).write_text(ARTEFACT.model_copy(update=change).model_dump_json(warnings=False))
    if "surprise" in change:
        (tmp_path / FILE).write_text(ARTEFACT.model_dump_json().replace("{", '{"surprise": 1, ', 1))
    with pytest.raises(StoreUnavailable, match=message):
        read_artefact(tmp_path)


def test_no_artefact_at_all(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"artefact.json: no model can be read from it"):
        read_artefact(tmp_path)
