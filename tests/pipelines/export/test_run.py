"""`tenure export`, from the ledger of a workspace to a file, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from configs.clock import fixed
from configs.errors import ConfigError, DataError, StoreUnavailable
from pipelines.export.run import WRITERS, Exported, Format, run
from pipelines.session import Session
from tests.pipelines.evaluation.decided import CUSTOMERS, DAYS, Served
from tests.pipelines.test_cli import run as tenure

END = DAYS[2] + timedelta(days=7)


@pytest.fixture
def session(served: Served) -> Session:
    return replace(served.session, clock=fixed(END))


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_is_written_whole(session: Session, kind: Format, tmp_path: Path) -> None:
    path = tmp_path / f"new/d{WRITERS[kind][1]}"
    assert run(session, path, kind) == Exported(3 * CUSTOMERS, kind, path, "acceptance")
    assert list(path.parent.iterdir()) == [path]


def test_only_the_time_asked_for_is_written(session: Session, tmp_path: Path) -> None:
    one = timedelta(days=1)
    done = run(session, tmp_path / "d.parquet", "parquet", since=DAYS[1] - one, until=DAYS[1] + one)
    assert done.decisions == CUSTOMERS


@pytest.mark.parametrize("kind", WRITERS)
def test_a_ledger_without_decisions_leaves_no_file(
    opened: Callable[[str], Served], kind: Format, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="the ledger holds no decision to export in this time"):
        run(opened("nothing-to-export").session, tmp_path / f"d{WRITERS[kind][1]}", kind)
    assert list(tmp_path.iterdir()) == []


def test_an_acceptance_without_value_leaves_the_file_as_it_was(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    path.write_text("of yesterday")
    with pytest.raises(DataError, match=r"accepted decisions have no value, d\d+ among them"):
        run(session, path, "parquet", reward="value")
    assert [one.read_text() for one in tmp_path.iterdir()] == ["of yesterday"]


@pytest.mark.parametrize(
    ("name", "kind", "ends", "allowed"),
    [
        ("d.csv", "parquet", ".csv", ".parquet"),
        ("d.parquet", "obp", ".parquet", ".npz"),
        ("d.npz", "dsjson", ".npz", ".json"),
        ("d", "pega", "nothing", ".parquet"),
    ],
)
def test_a_file_is_named_as_its_format(
    session: Session, tmp_path: Path, name: str, kind: Format, ends: str, allowed: str
) -> None:
    with pytest.raises(ConfigError, match=f"{name}: ends in {ends}; {allowed} is allowed for {kind}$"):
        run(session, tmp_path / name, kind)


@pytest.mark.parametrize("kind", WRITERS)
def test_where_nothing_can_be_written_the_path_is_named(session: Session, kind: Format, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / f"file/d{WRITERS[kind][1]}"
    with pytest.raises(StoreUnavailable, match=f"^{path} cannot be written: "):
        run(session, path, kind)


def test_the_command_says_what_it_wrote(
    served: Served, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TENURE_NOW", END.isoformat())
    path, where = tmp_path / "d.npz", ("--workspace", served.session.workspace.root)
    code, out, err = tenure(capfd, "export", path, "--format", "obp", *where)
    assert (code, out, err) == (0, f"450 decisions written for obp, their reward is acceptance: {path}\n", "")
    code, out, _ = tenure(capfd, "export", path, "--format", "obp", *where, "--until", DAYS[1].isoformat(), "--json")
    said = {"decisions": CUSTOMERS + 1, "format": "obp", "path": str(path), "reward": "acceptance"}
    assert (code, json.loads(out)) == (0, said)
    code, out, err = tenure(capfd, "export", tmp_path / "d.json", "--format", "dsjson", "--reward", "value", *where)
    assert (code, out) == (2, "")
    assert "accepted decisions have no value" in err


@pytest.mark.parametrize("words", [("--since", "soon"), ("--until", "2023-09-04"), ("--reward", "profit")])
def test_wrong_usage(served: Served, words: tuple[str, ...], capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = tenure(capfd, "export", tmp_path / "d.parquet", *words, "--workspace", served.session.workspace.root)
    assert (code, out) == (2, "")
