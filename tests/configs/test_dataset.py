from __future__ import annotations

from pathlib import Path

import pytest

from configs.dataset import Dataset
from configs.errors import ConfigError
from configs.loading import dump, load, parse

SHIPPED = sorted((Path(__file__).parents[2] / "configs" / "datasets").glob("*.yaml"))
LEAST: dict[str, object] = {
    "name": "shop",
    "sources": {"people": {"path": "people.csv"}},
    "tables": {"customers": "SELECT * FROM people", "transactions": "SELECT * FROM people"},
    "churn": {"kind": "lapse"},
    "value": {"kind": "transactions"},
}


def test_the_least_mapping_has_documented_defaults() -> None:
    found = parse(LEAST, Dataset, "least")
    assert (found.churn.horizon_days, found.churn.lead_days, found.snapshots.every_days) == (56, 0, 7)
    assert (found.clock.kind, found.clock.at, found.timezone) == ("wall", None, None)
    assert found.acceptance.kinds == ("accepted", "converted")
    assert found.attributes_of("customers") == {}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_mappings_survive_a_round_trip(path: Path, tmp_path: Path) -> None:
    shipped = load(path, Dataset)
    dump(shipped, tmp_path / "copy.yaml")
    assert load(tmp_path / "copy.yaml", Dataset) == shipped
    assert shipped.name == path.stem
    assert shipped.notice


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"name": "My Shop"}, "name: String should match pattern"),
        ({"timezone": "Mars/Olympus"}, "timezone: Value error, is not a time zone such as Europe/Vienna or UTC"),
        ({"timezone": "../etc/passwd"}, "timezone: Value error, is not a time zone"),
        ({"tables": {"customers": "SELECT 1 AS x"}}, "one activity table is required"),
        ({"tables": {"transactions": "SELECT 1 AS x"}}, "`customers` is required"),
        (
            {"tables": {"customers": "SELECT 1 AS x", "purchases": "SELECT 1"}},
            "tables.purchases.[[]key[]]: Input should be",
        ),
        ({"sources": {"people": {"path": "x", "options": {"a; b": 1}}}}, "options.a; b.*String should match pattern"),
        ({"churn": {"kind": "label"}}, "`labels` is needed for kind `label`"),
        ({"churn": {"kind": "lapse", "labels": "SELECT 1 AS x"}}, "and for no other kind"),
        ({"churn": {"kind": "lapse", "horizon_days": 0}}, "churn.horizon_days: .*greater than or equal to 1"),
        ({"value": {"kind": "transactions", "margin_rate": 0}}, "value.margin_rate: .*greater than 0"),
        ({"snapshots": {"first": "2020-01-01T00:00:00"}}, "snapshots.first: Input should have timezone info"),
        ({"clock": {"kind": "data", "at": "2020-01-01T00:00:00.5Z"}}, "clock.at: Value error, must be a whole second"),
        ({"attributes": {"customers": {"age": {"kind": "text"}}}}, "attributes.customers.age.kind: Input should be"),
    ],
)
def test_a_mapping_that_says_what_it_must_not(change: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse(LEAST | change, Dataset, "mapping.yaml")


def test_all_unknown_keys_are_named_at_once() -> None:
    wrong = LEAST | {"colour": 1, "churn": {"kind": "lapse", "horizn": 1}, "value": {"kind": "transactions", "rate": 1}}
    with pytest.raises(ConfigError) as caught:
        parse(wrong, Dataset, "mapping.yaml")
    fields = [detail.split(":")[0] for detail in caught.value.details]
    assert fields == ["churn.horizn", "value.rate", "colour"]
    assert caught.value.exit_code == 2
