"""`tenure simulate`: what it refuses, all at once and by name, and what it leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.dataset import Dataset
from configs.errors import ConfigError, StoreUnavailable
from configs.loading import load
from pipelines import simulate


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"customers": 0}, "customers: 0 given, 1 to 1,000,000 allowed"),
        ({"customers": 1_000_001}, "customers: 1000001 given"),
        ({"weeks": 8}, "weeks: 8 given, 9 to 520 allowed"),
        ({"seed": -1}, "seed: -1 given, 0 or more allowed"),
        ({"log": "guessed"}, "log: 'guessed' given, randomised, observational or both allowed"),
        ({"drifts": ["moon@3"]}, "drift: 'moon@3' given; KIND@WEEK with one of covariate, concept, feed"),
        ({"drifts": ["concept"]}, "drift: 'concept' given; KIND@WEEK"),
        ({"drifts": ["concept@soon"]}, "drift: 'concept@soon' given; KIND@WEEK"),
        ({"drifts": ["feed@52"]}, "drift: 'feed@52' given, but the last week is 51"),
    ],
)
def test_bad_settings_are_named_with_what_is_allowed(tmp_path: Path, given: dict[str, object], said: str) -> None:
    out = tmp_path / "out"
    with pytest.raises(ConfigError) as caught:
        simulate.run(out, **{"customers": 10} | given)  # type: ignore[arg-type]
    assert any(detail.startswith(said) for detail in caught.value.details)
    assert not out.exists()


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        simulate.run(tmp_path / "out", customers=0, weeks=0, seed=-1, log="x", drifts=["moon@1", "feed@99"])
    assert [detail.split(":")[0] for detail in caught.value.details] == [
        "customers",
        "weeks",
        "seed",
        "log",
        "drift",
        "drift",
    ]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, dry_run: bool) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ConfigError, match=f"{tmp_path}: not an empty folder"):
        simulate.run(tmp_path, customers=10, dry_run=dry_run)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ConfigError, match="not an empty folder"):
        simulate.run(file, customers=10)
    with pytest.raises(StoreUnavailable, match="out cannot be written: Not a directory"):
        simulate.run(file / "out", customers=10)


def test_a_dry_run_writes_nothing_and_says_what_would_be(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = simulate.run(out, customers=10, weeks=26, log="both", dry_run=True)
    assert not out.exists()
    assert done.campaigns == (8, 16, 24)
    assert [path.parent.name for path in done.mappings] == ["randomised", "observational"]


def test_both_logs_get_a_folder_each_with_mapping_and_readme(tmp_path: Path) -> None:
    told: list[str] = []
    done = simulate.run(
        tmp_path,
        customers=60,
        weeks=10,
        log="both",
        drifts=["concept@9"],
        progress=lambda what, *_: told.append(what),
    )
    assert told
    for mapping, kind in zip(done.mappings, ("randomised", "observational"), strict=True):
        assert load(mapping, Dataset).name == f"market_{kind}"
        readme = (mapping.parent / "README.md").read_text()
        assert f"60 customers, 10 weeks from 2024-01-01, seed 0, {kind} log" in readme
        assert "concept from week 9" in readme
        assert (mapping.parent / "truth" / "treatments.parquet").exists()


def test_an_empty_folder_that_exists_is_used(tmp_path: Path) -> None:
    assert simulate.run(tmp_path, customers=20, weeks=9).written[0].rows["customers.parquet"] == 20
