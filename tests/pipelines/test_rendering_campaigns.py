"""What arms brought, in words and as a document."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from decisioning.arm_outcomes import ArmOutcomes
from decisioning.lift import lifts
from decisioning.returns import returns
from decisioning.sample_ratio import sample_ratio
from pipelines.lift import Lifted
from pipelines.rendering_campaigns import lifted
from tests.pipelines.test_rendering import Heard

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def profit(held_out: int) -> Lifted:
    """Each of the policy brings 2 more for 1 spent."""
    rng = np.random.default_rng(3)
    arm = np.repeat([0, 1], [2000, held_out])
    spend = np.where(arm == 0, rng.choice([0.5, 1.5], len(arm)), 0.0)
    outcomes = ArmOutcomes(("policy", "holdout"), arm, rng.normal(10, 1, len(arm)) + 2.0 * (arm == 0) - spend)
    found = lifts(outcomes, None, pairs=[("policy", "holdout")], level=0.9)
    ratio = sample_ratio(outcomes.counts(), {"policy": 0.5, "holdout": 0.5})
    return Lifted("profit", "EUR", NOW, NOW, ratio, found, 0, "", (), returns(outcomes, spend, found))


@pytest.mark.parametrize(("held_out", "told"), [(2000, True), (50, False)])
def test_what_came_back_of_what_was_spent_is_said_where_it_can_be(held_out: int, told: bool) -> None:
    heard, found = Heard(), profit(held_out)
    for say in heard.speakers():
        lifted(say, found)
    [back] = found.returns
    said = [line for line in heard.lines if "returned" in line]
    if back.value is None:
        assert (told, said) == (False, [])
    else:
        ends = f"(90%: {back.value.low:.0%} to {back.value.high:.0%})"
        assert said == [f"policy returned {back.value.value:.0%} of what it spent, above the spend itself {ends}"]
    assert [one["arm"] for one in heard.document["returns"]] == ["policy"]
    assert (back.value is not None) is told
