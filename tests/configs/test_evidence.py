from __future__ import annotations

import pytest

from configs.errors import ConfigError
from configs.evidence import RULES, EvidenceRules
from configs.loading import parse


def test_the_rules_shipped_are_the_defaults() -> None:
    assert EvidenceRules() == RULES
    assert RULES.false_alarms == 0.01


@pytest.mark.parametrize(
    "wrong",
    [
        {"false_alarms": 0.0},
        {"near": 0.5},
        {"max_auc": 0.5},
        {"trim": 0.0},
        {"min_overlap": 0.0},
        {"check_rows": 10},
        {"max_copies": 0.5},
        {"leniency": 1.0},
    ],
)
def test_rules_that_cannot_grade_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        parse(wrong, EvidenceRules, "evidence.yaml")
