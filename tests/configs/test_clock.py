from __future__ import annotations

from datetime import UTC, datetime

import pytest

from configs.clock import clock_of, fixed, parse_instant, wall_clock
from configs.dataset import Clock, Dataset
from configs.errors import ConfigError
from tests.configs.test_dataset import LEAST

THEN = datetime(2018, 1, 1, 5, tzinfo=UTC)


def _dataset(clock: Clock) -> Dataset:
    return Dataset.model_validate(LEAST | {"clock": clock})


@pytest.mark.parametrize(
    ("clock", "environment", "expected"),
    [
        (Clock(kind="data", at=THEN), {}, THEN),
        (Clock(kind="data", at=THEN), {"TENURE_NOW": ""}, THEN),
        (Clock(kind="data", at=THEN), {"TENURE_NOW": "2017-06-01T00:00:00Z"}, datetime(2017, 6, 1, tzinfo=UTC)),
        (Clock(kind="data"), {"TENURE_NOW": "2017-06-01T00:00:00Z"}, datetime(2017, 6, 1, tzinfo=UTC)),
        (Clock(), {"TENURE_NOW": "2017-06-01T02:00:00.9+02:00"}, datetime(2017, 6, 1, tzinfo=UTC)),
    ],
)
def test_now_is_the_environments_then_the_datas(clock: Clock, environment: dict[str, str], expected: datetime) -> None:
    assert clock_of(_dataset(clock), environment)() == expected


def test_live_data_has_the_wall_clock() -> None:
    assert clock_of(_dataset(Clock()), {}) is wall_clock
    assert wall_clock().tzinfo is UTC


def test_a_data_clock_that_ingestion_has_not_set_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"clock.at: not set; `tenure ingest` sets it"):
        clock_of(_dataset(Clock(kind="data")), {})


def test_a_fixed_clock_stands_still() -> None:
    clock = fixed(THEN)
    assert [clock(), clock()] == [THEN, THEN]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yesterday", "--now: 'yesterday' is not an instant such as 2017-11-06T05:00:00Z"),
        ("2017-11-06T05:00:00", "--now: '2017-11-06T05:00:00' has no time zone"),
        ("2017-11-06", "--now: '2017-11-06' has no time zone"),
    ],
)
def test_an_instant_without_a_zone_is_no_instant(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_instant(text, "--now")
