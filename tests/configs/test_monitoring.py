from __future__ import annotations

import pytest

from configs.errors import ConfigError
from configs.loading import parse
from configs.monitoring import Monitoring


def test_defaults_are_valid_and_stated() -> None:
    assert Monitoring() == parse({}, Monitoring, "monitoring.yaml")
    assert (Monitoring().window_days, Monitoring().min_rows, Monitoring().alpha) == (28.0, 200, 0.05)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"window_days": 0}, r"window_days: Input should be greater than 0 \(given 0\)"),
        ({"window": 28}, r"window: Extra inputs are not permitted"),
        ({"alpha": 0.5}, r"alpha: Input should be less than 0.5"),
        ({"min_rows": 5}, r"min_rows: Input should be greater than or equal to 30"),
        ({"alpha": 0.001}, r"permutations is 399, which cannot support alpha 0.001: at least 999 are needed"),
    ],
)
def test_what_is_not_allowed_is_named(content: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(content, Monitoring, "monitoring.yaml")


def test_two_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        parse({"window_days": -1, "max_ece": 2}, Monitoring, "monitoring.yaml")
    assert len(raised.value.details) == 2
