"""`tenure simulate` on the command line: exit codes, what is printed, one document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines import cli

ROWS = ("customers", "transactions", "interactions", "feedback", "treatments", "outcomes", "consents", "loyalty")


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command."""
    with pytest.raises(SystemExit) as caught:
        cli.main([str(word) for word in words])
    out, err = capfd.readouterr()
    return int(caught.value.code or 0), out, err


def test_help_shows_an_example(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "simulate", "--help")
    assert code == 0
    assert "Example: tenure simulate" in out


def test_it_says_what_was_made_and_what_comes_next(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "simulate", tmp_path / "m", "--customers", 150, "--weeks", 18, "--drift", "concept@9")
    assert code == 0
    assert all(f"{name}.parquet" in out for name in ROWS)
    assert "of all treatments:" in out
    assert f"next: tenure ingest {tmp_path / 'm' / 'dataset.yaml'}" in out.replace("\n", "")


def test_one_document(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "simulate", tmp_path / "m", "--customers", 60, "--weeks", 9, "--log", "both", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["campaigns"] == [8]
    assert [Path(mapping).parent.name for mapping in found["mappings"]] == ["randomised", "observational"]
    assert [folder["rows"]["customers.parquet"] for folder in found["written"]] == [60, 60]


def test_a_dry_run_says_what_would_be_made(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "simulate", tmp_path / "m", "--customers", 1_000_000, "--dry-run")
    assert code == 0
    assert "would simulate 1,000,000 customers for 52 weeks, seed 0" in out
    assert "campaigns at the beginning of weeks 8, 16, 24, 32, 40, 48" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--customers", 0], 2, "customers: 0 given, 1 to 1,000,000 allowed"),
        (["--drift", "moon@3"], 2, "drift: 'moon@3' given"),
        (["--drift", "feed@52"], 2, "drift: 'feed@52' given, but the last week is 51"),
        (["--log", "guessed"], 2, "log: 'guessed' given"),
    ],
)
def test_bad_settings_exit_with_2(
    words: list[object], code: int, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found, out, err = run(capfd, "simulate", tmp_path / "m", *words)
    assert (found, out) == (code, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_exits_with_2_and_one_that_cannot_be_made_with_3(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    code, _, err = run(capfd, "simulate", tmp_path)
    assert (code, f"{tmp_path}: not an empty folder" in err) == (2, True)
    code, _, err = run(capfd, "simulate", tmp_path / "mine.txt" / "m")
    assert (code, "cannot be written" in err) == (3, True)
    assert (tmp_path / "mine.txt").read_text() == "keep me"
