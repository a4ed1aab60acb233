"""Another policy held against the one in force, for the same customers."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.errors import ConfigError
from pipelines.plan import Plan, compare
from pipelines.plan import _lever as lever
from pipelines.plan_plot import draw
from tests.pipelines.gathering import gathered, policy


def plan(tmp_path: Path, **changes: object) -> Plan:
    return compare(
        gathered(tmp_path / "a.db", policy()), gathered(tmp_path / "b.db", policy(version="test-2", **changes))
    )


def test_the_same_policy_changes_nothing(tmp_path: Path) -> None:
    found = plan(tmp_path)
    assert (found.changed, found.moves) == (0, ())
    assert (found.before.value, found.before.cost) == (found.after.value, found.after.cost)


def test_more_money_earns_more_and_leaves_fewer_with_nothing(tmp_path: Path) -> None:
    found = plan(tmp_path, budgets=[{"name": "money", "of": "money", "limit": 120.0, "counts": "expected"}])
    assert found.after.value > found.before.value
    assert found.after.nothing < found.before.nothing
    assert found.changed == sum(move.customers for move in found.moves) or len(found.moves) == 10
    [(name, limit, before, after)] = found.budgets
    assert (name, limit) == ("money", 120.0)
    assert before is not None
    assert after is not None
    assert before <= 60.0 < after <= 120.0


def test_a_lever_moves_customers_to_its_offer_at_a_cost(tmp_path: Path) -> None:
    found = plan(tmp_path, levers=[{"offer_id": "o3", "amount": 5.0}])
    counts = {name: (before, after) for name, before, after in found.actions}
    assert counts["o3 by sms"][1] > counts["o3 by sms"][0]
    assert found.after.value < found.before.value  # value is counted without levers


def test_a_budget_of_one_side_only(tmp_path: Path) -> None:
    found = plan(tmp_path, budgets=[])
    assert [(name, after) for name, _, _, after in found.budgets] == [("money", None)]


def test_a_picture(tmp_path: Path) -> None:
    draw(plan(tmp_path, budgets=[]), tmp_path / "plan.png", "EUR")
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("text", ["gift", "=1", "gift=lots", "gift=nan"])
def test_a_lever_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"OFFER_ID=AMOUNT, such as gift_box=0\.5, is allowed"):
        lever(text)
