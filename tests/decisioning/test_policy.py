from dataclasses import FrozenInstanceError

import pytest

from decisioning.policy import PolicyRules


def test_rules_are_frozen() -> None:
    rules = PolicyRules(0.05, "s", 0.1, 0.0, "granted")
    with pytest.raises(FrozenInstanceError, match="epsilon"):
        rules.epsilon = 1.0  # type: ignore[misc]


def test_costs_caps_and_levers_are_none_unless_given() -> None:
    rules = PolicyRules(0.05, "s", 0.1, 0.0, "granted")
    assert (rules.contact_costs, rules.caps, rules.levers) == ({}, (), ())
    assert rules.effect_on == "retention"
