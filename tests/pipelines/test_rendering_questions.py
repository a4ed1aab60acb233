"""A decision explained, and decisions made again, for people and as a document."""

from __future__ import annotations

import json

import pytest

from pipelines import rendering_questions, why
from pipelines.replay import Difference, Gone, Replayed
from pipelines.session import Session
from serving.answers import to_json
from tests.pipelines import decisions
from tests.pipelines.test_rendering import Heard

REPLAYED = Replayed(
    decisions=4,
    identical=1,
    different=2,
    first_differences=(Difference("d1", "offers[0].rank", 1, 2), Difference("d2", "", "x" * 99, "y")),
    gone=(Gone("no prices", 1, "d3"),),
)


def heard_of(session: Session, arm: str) -> Heard:
    decisions.models(session.workspace)
    [made] = decisions.make(session.workspace, ["c20"], arm=arm)
    found, heard = why.run(session, made.decision_id), Heard()
    for say in heard.speakers():
        rendering_questions.explained(say, found, "EUR")
    assert heard.document == json.loads(to_json(found))
    return heard


def test_a_decision_explained(session: Session) -> None:
    lines = heard_of(session, "policy").lines
    titles = [line.partition(":")[0] for line in lines if line.startswith(("Why", "Filtered", "What would"))]
    assert titles == ["Why this", "Why not that", "Filtered", "What would flip it"]
    assert lines[0] == "Customer c20, decision policy-c20-0x, arm policy"
    assert "Why this: it comes first by the arm's rule" in lines
    [lead] = [line for line in lines if line.startswith("  before ")]
    assert lead.startswith("  before voucher by email: ahead by ")
    assert "margin +" in lead
    header = next(place for place, line in enumerate(lines) if line.lstrip().startswith("rank"))
    assert [line.split()[:2] for line in lines[header + 1 : header + 4]] == [
        ["1", "gift"],
        ["2", "voucher"],
        ["3", "doing"],
    ]
    assert ["gift", "sms", "consent", "the", "customer", "refuses", "sms"] in [line.split() for line in lines]
    flips = [line for line in lines if " would " in line and line.endswith("; verified")]
    assert flips[0].startswith("  A lever of -")
    assert " would put voucher by email before gift by email; verified" in flips[0]
    assert any(line.endswith("on every offer would make doing nothing come first; verified") for line in flips)
    assert lines[-1] == "decided again from the ledger: identical to the stored answer, bit for bit"


@pytest.mark.parametrize(
    ("arm", "said"), [("random", "it was drawn at random"), ("holdout", "the customer is held out")]
)
def test_where_no_number_decides(session: Session, arm: str, said: str) -> None:
    lines = heard_of(session, arm).lines
    assert f"Why this: {said}" in lines
    assert any(line.startswith("  none: ") and line.endswith("no number decides") for line in lines)


def test_where_acceptance_ranks_money_is_not_spoken_of(session: Session) -> None:
    [lead] = [line for line in heard_of(session, "acceptance").lines if line.startswith("  before ")]
    assert lead.startswith("  before voucher by email: ahead by 0.00 of p_accept")


def test_decisions_made_again() -> None:
    heard = Heard()
    for say in heard.speakers():
        rendering_questions.replayed(say, REPLAYED)
    assert heard.lines == [
        "1 of 4 decisions made again are identical, bit for bit; 2 differ; 1 cannot be made again",
        "  d1: offers[0].rank: stored 1, now 2",
        f'  d2: the bytes, though no field: stored "{"x" * 76}..., now "y"',
        "  gone: no prices (1 decisions, first d3)",
    ]
    assert heard.document["ok"] is False
    assert heard.document["identical"] == 1
