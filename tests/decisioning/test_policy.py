from dataclasses import FrozenInstanceError

import pytest

from decisioning.arms import Arms
from decisioning.policy import PolicyRules


def test_rules_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError, match="effect_on"):
        PolicyRules().effect_on = "margin"  # type: ignore[misc]


def test_without_settings_everything_may_be_made_by_the_policy() -> None:
    rules = PolicyRules()
    assert (rules.arms, rules.caps, rules.rests, rules.budgets, rules.levers) == (Arms(""), (), (), (), ())
    assert (rules.exploration.epsilon, rules.exploration.floor, rules.fallback) == (0.0, 0.0, None)
    assert (rules.effect_on, rules.do_not_disturb, rules.preference) == ("retention", "off", None)
