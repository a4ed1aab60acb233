"""Judging a policy on the log of the effects, and on the ledger, from the workspace on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.errors import ConfigError, WorkspaceError
from configs.workspace import Workspace
from pipelines import evaluate
from pipelines.console import to_json
from pipelines.evaluation.report import sentences
from pipelines.session import Session
from tests.pipelines.evaluation.campaign import campaign
from tests.pipelines.evaluation.decided import POLICY, Served, company, three_rounds
from tests.pipelines.test_champions import register, register_effects
from tests.serving import artefacts, effect_artefacts
from tests.serving.fakes import rules

OFFERS = {"mens": "o2", "womens": "o1"}  # o1 goes by email and sms, o2 by email; nobody tried o3
Read = Callable[[Workspace, str], tuple[pd.DataFrame, pd.DataFrame]]


def read(count: int) -> Read:
    def found(workspace: Workspace, version: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        assert version == "1"
        made = campaign(count)
        renamed = [frame.assign(offer_id=frame.offer_id.replace(OFFERS)) for frame in (made.log, made.pairs)]
        return renamed[0], renamed[1]

    return found


@pytest.fixture(scope="module")
def trained(ingested: Session, tmp_path_factory: pytest.TempPathFactory) -> Served:
    made = three_rounds(company(ingested, tmp_path_factory.mktemp("trained") / "workspace"))
    for model in ("churn", "response"):
        register(made.session.workspace, model, artefacts.artefact())
    register(made.session.workspace, "value", artefacts.artefact(link="log"))
    register_effects(made.session.workspace, effect_artefacts.artefact())
    return made


def test_on_the_log(trained: Served) -> None:
    told: list[str] = []
    found = evaluate.run(
        trained.session, rules(version="7"), on="log", reward="profit", read=read(3000), progress=told.append
    )
    assert (found.policy.name, found.on, found.reward, found.unit) == ("policy 7", "log", "profit", "EUR")
    assert (found.rows, found.customers, found.level, found.refused) == (3000, 3000, 0.95, ())
    assert {one.name for one in found.constants} == {"nothing to all", "o1 to all", "o2 to all"}
    assert found.notes[-1] == "o3 by sms left out on 100.0% of rows: it was not tried there"
    assert told[0] == "reading what was done, and what came of it"
    assert told[-1] == "deciding as the policy would: 3,000 of 3,000 rows"


def test_on_the_ledger(trained: Served) -> None:
    found = evaluate.run(trained.session, POLICY, on="ledger", reward="retention")
    assert (found.on, found.unit) == ("ledger", "share who stay")
    assert found.first >= "2023-09-04"
    assert "customers of the holdout" in found.notes[1]
    assert found.logging.value.refused == ()
    assert found.policy.value.effective_sample_size > 0


@pytest.mark.parametrize(("reward", "unit"), [("acceptance", "share who accept"), ("margin", "EUR")])
def test_units(trained: Served, reward: str, unit: str) -> None:
    found = evaluate.run(trained.session, rules(), on="log", reward=reward, read=read(500))  # type: ignore[arg-type]
    assert (found.reward, found.unit) == (reward, unit)


def test_the_level_is_that_of_every_interval(trained: Served) -> None:
    wide, narrow = (
        evaluate.run(trained.session, rules(), on="log", reward="retention", level=level, read=read(2000))
        for level in (0.99, 0.5)
    )
    assert wide.policy.value.answer.low < narrow.policy.value.answer.low
    assert wide.differences[0].value.answer.high > narrow.differences[0].value.answer.high
    assert "50% intervals" in list(sentences(narrow))[1]


def test_it_is_one_json_document(trained: Served) -> None:
    from dataclasses import asdict

    found = evaluate.run(trained.session, rules(), on="log", reward="retention", read=read(100))
    assert found.refused
    assert "NaN" not in (text := to_json(asdict(found)))
    assert '"differences"' in text


def test_without_a_champion_of_the_effects_the_way_to_one_is_told(ingested: Session) -> None:
    with pytest.raises(WorkspaceError, match="effects: no champion yet"):
        evaluate.run(ingested, rules(), on="log", reward="retention", read=read(100))


def test_names_that_the_catalogue_lacks_are_all_told(ingested: Session) -> None:
    named = (("offer", "o8"), ("kind", "gold"), ("channel", "email"))
    wrong = rules(
        levers=[{"offer_id": "o9", "amount": 1.0}, {"kind": "cash", "amount": 1.0}, {"offer_id": "o1", "amount": 1.0}],
        caps=[{"scope": scope, "name": name, "max_contacts": 1, "window_days": 7} for scope, name in named],
    )
    with pytest.raises(ConfigError, match="policy test-1: 4 names are unknown") as error:
        evaluate.run(ingested, wrong, on="log", reward="retention")
    assert [line.partition("; did you mean")[0] for line in error.value.details] == [
        "levers[0]: offer 'o9' is not in the catalogue",
        "levers[1]: no offer is of kind 'cash'",
        "caps[0]: offer 'o8' is not in the catalogue",
        "caps[1]: no offer is of kind 'gold'",
    ]


def test_a_policy_that_beats_every_constant_is_said_to(trained: Served, tmp_path: Path) -> None:
    found = evaluate.run(trained.session, rules(version="best"), on="log", reward="retention", read=read(4000))
    assert found.differences[0].words.startswith("policy best is worth more than")
    assert np.isfinite(found.policy.value.answer.standard_error)
    same = evaluate.run(trained.session, rules(version="best"), on="log", reward="retention", read=read(4000))
    assert replace(same) == found
