"""`tenure why` and `tenure replay` on the command line: exit codes and one document."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from features.ledger import DECISIONS
from pipelines.session import Session
from serving.ledger import ledger_url, open_ledger
from tests.pipelines import decisions
from tests.pipelines.test_cli import run


@pytest.fixture
def asked(session: Session) -> Session:
    decisions.models(session.workspace)
    decisions.make(session.workspace, ["c5", "c40"])
    return session


@pytest.mark.parametrize("command", ["why", "replay"])
def test_help_shows_an_example(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, command, "--help")
    assert (code, f"Example: tenure {command}" in out) == (0, True)


def test_why_prints_a_document_or_words(asked: Session, capfd: pytest.CaptureFixture[str]) -> None:
    where = ("--workspace", asked.workspace.root)
    code, out, err = run(capfd, "why", "policy-c5-0x", *where, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["decision"]["explanation"]["how"] == "rule"
    code, out, _ = run(capfd, "why", "policy-c5-0x", *where)
    assert (code, "What would flip it" in out) == (0, True)
    code, _, err = run(capfd, "why", "nosuch", *where)
    assert (code, err) == (2, "error: there is no decision 'nosuch'\n")


def test_replay_exits_with_1_where_any_differs(asked: Session, capfd: pytest.CaptureFixture[str]) -> None:
    where = ("--workspace", asked.workspace.root)
    code, out, _ = run(capfd, "replay", *where)
    assert (code, out) == (0, "2 of 2 decisions made again are identical, bit for bit\n")
    with open_ledger(ledger_url(asked.workspace)).begin() as connection:
        connection.execute(update(DECISIONS).where(DECISIONS.c.decision_id == "policy-c5-0x").values(response="{}"))
    code, out, _ = run(capfd, "replay", *where, "--json")
    assert (code, json.loads(out)["different"]) == (1, 1)
    code, out, _ = run(capfd, "replay", "policy-c40-0x", *where)
    assert (code, out) == (0, "1 of 1 decisions made again are identical, bit for bit\n")
    code, out, _ = run(capfd, "replay", *where, "--since", "2030-01-01")
    assert (code, out) == (0, "0 of 0 decisions made again are identical, bit for bit\n")


@pytest.mark.parametrize("words", [("policy-c5-0x", "--most", "1"), ("--most", "0"), ("--since", "soon")])
def test_wrong_usage(asked: Session, words: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "replay", *words, "--workspace", asked.workspace.root)
    assert (code, out) == (2, "")
