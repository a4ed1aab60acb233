from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from configs.dataset import Churn
from features.attrition import Attrition, attrition
from features.labels import leaving
from tests.features.companies import LAPSE, NOW, Company, Records, at, company, customer, sale

PEOPLE = [f"c{number}" for number in range(30)]
INSTANTS = [NOW - timedelta(days=days) for days in (120, 90, 61, 36)]
ENDS = Churn(kind="subscription_end", horizon_days=28)


def _sales(rng: np.random.Generator) -> Records:
    """Purchases on whole days, so that many fall on the edges of windows; some customers stop."""
    lived = [(who, rng.integers(0, 200)) for who in PEOPLE]
    days = [(who, day) for who, end in lived for day in rng.integers(end, 201, rng.integers(0, 12))]
    return {"transactions": [sale(who, float(day)) for who, day in [*days, ("c0", 390)]]}


def _subscriptions(rng: np.random.Generator) -> Records:
    """Up to two for each, some without an end."""
    rows = []
    for who in PEOPLE:
        for started in rng.integers(0, 200, rng.integers(0, 3)).tolist():
            ended = started - int(rng.integers(0, 120))
            rows.append(
                {
                    "customer_id": who,
                    "started_at": at(float(started)),
                    "ended_at": at(float(ended)) if ended > 0 else None,
                }
            )
    return {"subscriptions": rows, "transactions": [sale("c0", 390)]}


def _company(folder: Path, records: Records, churn: Churn) -> Company:
    made = company(folder, {"customers": [customer(who) for who in PEOPLE], **records}, churn=churn)
    made.ingest()
    return made


def _by_label(made: Company, instants: list[datetime]) -> list[tuple[float, int, int]]:
    opened = made.open()
    rows = opened.backend.to_pyarrow(leaving(opened.tables, made.dataset, instants)).to_pylist()
    labels = [[row["label"] for row in rows if row["as_of"] == one.timestamp()] for one in instants]
    return [(one.timestamp(), len(of), int(sum(of))) for one, of in zip(instants, labels, strict=True) if of]


@pytest.mark.parametrize("lead_days", [0, 7])
@pytest.mark.parametrize("seed", range(3))
def test_as_many_are_at_risk_and_leave_as_by_the_labels(tmp_path: Path, lead_days: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for name, records, churn in (("lapse", _sales(rng), LAPSE), ("ends", _subscriptions(rng), ENDS)):
        made = _company(tmp_path / name, records, churn.model_copy(update={"lead_days": lead_days}))
        found = [
            (one.as_of.timestamp(), one.at_risk, one.left) for one in attrition(made.open(), made.dataset, INSTANTS)
        ]
        assert found == _by_label(made, INSTANTS)
        assert 0 < sum(left for _, _, left in found) < sum(of for _, of, _ in found)


def test_an_instant_at_which_nobody_was_at_risk_is_left_out(tmp_path: Path) -> None:
    made = _company(tmp_path, {"transactions": [sale("c0", 100), sale("c1", 95)]}, LAPSE)
    asked = [NOW - timedelta(days=days) for days in (300, 90)]
    assert attrition(made.open(), made.dataset, asked) == (Attrition(asked[1], at_risk=2, left=2),)
    assert attrition(made.open(), made.dataset, []) == ()
