"""`tenure replay` on a real ledger and registry: what is identical, what differs and where, what is gone."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from configs.errors import NotFound
from features.ledger import DECISIONS, DOCUMENTS
from pipelines import replay
from pipelines.replay import Difference, differences
from pipelines.session import Session
from serving.ledger import ledger_url, open_ledger
from tests.pipelines import decisions
from tests.serving.fakes import NOW

ARMS = ("policy", "random", "acceptance", "no_levers", "holdout")


@pytest.fixture
def asked(session: Session) -> Session:
    """Ten decisions in the ledger, two in each arm."""
    decisions.models(session.workspace)
    for arm in ARMS:
        decisions.make(session.workspace, ["c5", "c40"], arm=arm)
    return session


def tamper(session: Session, decision_id: str, response: str) -> None:
    with open_ledger(ledger_url(session.workspace)).begin() as connection:
        connection.execute(update(DECISIONS).where(DECISIONS.c.decision_id == decision_id).values(response=response))


def stored(session: Session, decision_id: str) -> str:
    with open_ledger(ledger_url(session.workspace)).connect() as connection:
        found = connection.execute(DECISIONS.select().where(DECISIONS.c.decision_id == decision_id)).one()
    return str(found.response)


def test_all_are_identical(asked: Session) -> None:
    seen: list[tuple[str, int, int]] = []
    found = replay.run(asked, progress=lambda *at: seen.append(at))
    assert (found.decisions, found.identical, found.different, found.gone, found.ok) == (10, 10, 0, (), True)
    assert found.headline == "10 of 10 decisions made again are identical, bit for bit"
    assert seen[-1] == ("decisions made again", 10, 10)


def test_some_may_be_asked_for(asked: Session) -> None:
    assert replay.run(asked, ["policy-c5-0x", "random-c5-0x"]).decisions == 2
    assert replay.run(asked, most=3).decisions == 3
    assert replay.run(asked, since=NOW).decisions == 10
    assert replay.run(asked, since=NOW + timedelta(seconds=1)).decisions == 0


def test_what_differs_is_shown_by_field(asked: Session) -> None:
    answer = json.loads(stored(asked, "policy-c5-0x"))
    answer["offers"][0]["factors"]["cost"] = 1.25
    answer["further"] = 1
    tamper(asked, "policy-c5-0x", json.dumps(answer))
    found = replay.run(asked)
    assert (found.identical, found.different, found.ok) == (9, 1, False)
    assert found.first_differences == (
        Difference("policy-c5-0x", "offers[0].factors.cost", 1.25, 2.0),
        Difference("policy-c5-0x", "further", 1, "absent"),
    )
    assert found.headline == "9 of 10 decisions made again are identical, bit for bit; 1 differ"


def test_a_space_differs_too(asked: Session) -> None:
    before = stored(asked, "policy-c5-0x")
    tamper(asked, "policy-c5-0x", f"{before} ")
    [one] = replay.run(asked).first_differences
    assert one == Difference("policy-c5-0x", "", f"{before} ", before)


def test_models_and_documents_that_are_gone_are_named_once(asked: Session) -> None:
    shutil.rmtree(asked.workspace.artifacts / "response")
    found = replay.run(asked)
    assert (found.identical, [(one.decisions, one.first) for one in found.gone]) == (0, [(10, "acceptance-c40-0x")])
    assert "tenure-response version 1" in found.gone[0].why
    with open_ledger(ledger_url(asked.workspace)).begin() as connection:
        connection.execute(delete(DOCUMENTS).where(DOCUMENTS.c.kind == "catalogue"))
    found = replay.run(asked)
    assert [one.why.partition(" '")[0] for one in found.gone] == ["the ledger holds no document"]
    assert not found.ok


def test_what_is_not_there_is_said(asked: Session) -> None:
    with pytest.raises(NotFound, match="there is no decision 'nosuch'"):
        replay.run(asked, ["nosuch"])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ('{"a": {"b": 1}}', '{"a": {"b": 2}}', [("a.b", 1, 2)]),
        ('{"a": [1, {"b": 2}]}', '{"a": [1, {"b": 3}]}', [("a[1].b", 2, 3)]),
        ('{"a": [1]}', '{"a": [1, 2]}', [("a", [1], [1, 2])]),
        ('{"a": 1}', '{"b": 1}', [("a", 1, "absent"), ("b", "absent", 1)]),
        ('{"a": null}', '{"a": {}}', [("a", None, {})]),
    ],
)
def test_the_path_of_a_difference(one: str, other: str, expected: list[tuple[str, object, object]]) -> None:
    assert differences("d", one, other) == [Difference("d", *fields) for fields in expected]  # type: ignore[arg-type]
