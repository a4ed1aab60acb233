"""The command line: exit codes, one document on stdout, help that helps."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import cli
from pipelines.session import Session, only_one
from tests.e2e import company

COMMANDS = (
    "ingest",
    "features",
    "train",
    "promote",
    "serve",
    "score",
    "decide",
    "evaluate",
    "monitor",
    "status",
    "demo",
)
HEAVY = {
    "bentoml",
    "duckdb",
    "evidently",
    "feast",
    "ibis",
    "lightgbm",
    "mlflow",
    "numpy",
    "optuna",
    "pandas",
    "sklearn",
}


@pytest.fixture(autouse=True)
def settings_of_their_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the command line sets for its process is taken back."""
    with monkeypatch.context() as context:
        for name in ("TENURE_NOW", "TENURE_WORKSPACE", "MLFLOW_LOGGING_LEVEL", "BENTOML_DO_NOT_TRACK", "FEAST_USAGE"):
            context.setenv(name, "")
            context.delenv(name)
        yield


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command."""
    with pytest.raises(SystemExit) as caught:
        cli.main([str(word) for word in words])
    out, err = capfd.readouterr()
    return int(caught.value.code or 0), out, err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example_and_the_exit_codes(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, command, "--help")
    assert code == 0
    assert f"Example: tenure {command}" in out
    assert "0 done, 1 a check failed (drift, gate)" in out
    assert "--workspace" in out


def test_help_names_every_command(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "--help")
    assert [command for command in COMMANDS if f" {command} " not in out] == []
    assert code == 0


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    script = "import sys, pipelines.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(cli.__file__).parents[1]
    )
    assert set(loaded.stdout.split()) & HEAVY == set()


@pytest.mark.parametrize("words", [("--help",), ("status", "--workspace", "nowhere")])
def test_a_command_leaves_loggers_as_it_found_them(words: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    before = {name: logging.getLogger(name).level for name in cli.CHATTER}
    run(capfd, *words)
    assert {name: logging.getLogger(name).level for name in cli.CHATTER} == before
    assert logging.getLogger("serving.prices").isEnabledFor(logging.WARNING)


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("status", "--nosuch"),
        ("train", "nosuch"),
        ("train", "--trials", "0"),
        ("train", "--trials", "many"),
        ("promote", "--rollback", "--dry-run"),
        ("score",),
        ("score", "1", "--all"),
        ("decide",),
        ("decide", "1", "--item-count", "11"),
        ("decide", "--all", "--prices-only", "--budget", "5"),
        ("serve", "--port", "70000"),
        ("ingest",),
    ],
)
def test_wrong_usage_exits_with_2_and_says_so_on_stderr(
    words: tuple[str, ...], ingested: Session, capfd: pytest.CaptureFixture[str]
) -> None:
    workspace = () if words == ("nosuch",) else ("--workspace", str(ingested.workspace.root))
    code, out, err = run(capfd, *words, *workspace)
    assert (code, out) == (2, "")
    assert "Usage" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", [("features",), ("train",), ("promote",), ("score", "1"), ("decide", "1"),
                                     ("monitor",), ("status",), ("serve",)])  # fmt: skip
def test_without_a_workspace_every_command_says_what_makes_one(
    command: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capfd, *command, "--workspace", tmp_path / "none")
    said = f"error: {tmp_path / 'none'} is not a Tenure workspace; `tenure ingest DATASET` makes one\n"
    assert (code, out, err) == (2, "", said)


def test_an_error_is_one_document_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, "status", "--json", "--workspace", tmp_path)
    error = json.loads(out)["error"]
    assert (code, error["code"], error["details"]) == (2, "workspace", [])
    assert err == f"error: {error['message']}\n"


def test_ingestion_prints_counts_or_one_document(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    mapping = company.write(tmp_path)
    code, out, err = run(capfd, "ingest", mapping, "--workspace", tmp_path / "w", "--json")
    assert (code, err, json.loads(out)["dataset"]) == (0, "", "small_company")
    code, out, err = run(capfd, "ingest", mapping, "--workspace", tmp_path / "w")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split() == ["table", "read", "kept", "quarantined", "duplicates", "late"]
    assert out.splitlines()[1].split() == ["customers", "400", "400", "0", "0", "0"]


def test_all_problems_of_a_mapping_are_told_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    mapping = company.write(tmp_path)
    mapping.write_text(mapping.read_text().replace("currency:", "curency:").replace("kind: lapse", "kind: gone"))
    code, out, err = run(capfd, "ingest", mapping, "--workspace", tmp_path / "w")
    assert (code, out) == (2, "")
    assert f"{mapping}: 2 problems" in err
    assert "curency: Extra inputs are not permitted" in err
    assert "churn.kind: Input should be 'lapse', 'subscription_end' or 'label' (given 'gone')" in err
    assert not (tmp_path / "w").exists()


def test_an_unknown_dataset_is_told_from_those_that_ship(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capfd, "ingest", "nosuch", "--workspace", tmp_path / "w")
    assert (code, err.startswith("error: dataset 'nosuch': no such file; complete_journey,")) == (2, True)


def test_status_names_the_next_step(session: Session, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, "status", "--json", "--workspace", session.workspace.root)
    found = json.loads(out)
    assert (code, err, found["next_step"], found["now"]) == (0, "", "tenure features", "2024-01-01T00:00:00Z")
    code, out, _ = run(capfd, "status", "--workspace", session.workspace.root)
    assert out.splitlines()[-1] == "next: tenure features"


def test_an_instant_that_is_none_is_refused(session: Session, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, "status", "--now", "yesterday", "--workspace", session.workspace.root)
    assert (code, out) == (2, "")
    assert "'yesterday' is not an instant such as 2017-11-06T05:00:00Z" in err


def test_a_second_training_ends_at_once(session: Session, capfd: pytest.CaptureFixture[str]) -> None:
    with only_one(session.workspace, "train"):
        code, out, err = run(capfd, "train", "churn", "--workspace", session.workspace.root)
    assert (code, out) == (2, "")
    assert err == f"error: another `tenure train` is at work on {session.workspace.root}; wait for it to end\n"


def test_what_cannot_be_written_is_a_store_that_is_unavailable(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mapping = company.write(tmp_path)
    (tmp_path / "file").write_text("in the way")
    code, out, err = run(capfd, "ingest", mapping, "--workspace", tmp_path / "file" / "w")
    assert (code, out, "Traceback" in err) == (3, "", False)
    assert err.startswith("error: Not a directory")


def test_everybody_is_scored_only_after_features(session: Session, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(session.workspace.features, ignore_errors=True)
    code, _, err = run(capfd, "score", "--all", "--workspace", session.workspace.root)
    assert (code, "no features computed yet; run `tenure features`" in err) == (2, True)


def test_a_challenger_is_needed_to_promote_one(session: Session, capfd: pytest.CaptureFixture[str]) -> None:
    for words, said in ((("promote",), "no model has a challenger"), (("promote", "--rollback"), "has a previous")):
        code, out, err = run(capfd, *words, "--workspace", session.workspace.root)
        assert (code, out, said in err) == (2, "", True)
