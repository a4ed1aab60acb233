"""Ingestion leaves tables, a mapping and a policy; a policy changed by hand stays."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from configs.errors import ConfigError, WorkspaceError
from configs.loading import load
from configs.policy import Policy
from pipelines import ingest
from pipelines.session import POLICIES, Session, only_one


def test_the_mapping_and_the_policy_come_along(ingested: Session) -> None:
    assert ingested.workspace.policy.read_text() == (POLICIES / "default.yaml").read_text()
    assert ingested.dataset.name == "small_company"


def test_a_policy_changed_by_hand_survives_the_next_ingestion(session: Session) -> None:
    text = session.workspace.policy.read_text().replace("holdout: 0.05", "holdout: 0.1")
    session.workspace.policy.write_text(text)
    told: list[str] = []
    ingest.run(session.dataset, session.workspace, told.append)
    assert load(session.workspace.policy, Policy).arms.holdout == 0.1
    assert "checking customers" in told


def test_a_policy_that_does_not_exist_is_told_before_anything_is_read(session: Session) -> None:
    shutil.rmtree(session.workspace.root)
    with pytest.raises(ConfigError, match="policy 'nosuch': no such file"):
        ingest.run(session.dataset.model_copy(update={"policy": "nosuch"}), session.workspace)
    assert not session.workspace.root.exists()


def test_two_datasets_never_mix(session: Session) -> None:
    other = replace(session, dataset=session.dataset.model_copy(update={"name": "another"}))
    with pytest.raises(WorkspaceError, match="holds dataset 'small_company', not 'another'"):
        ingest.run(other.dataset, other.workspace)


def test_one_ingestion_at_a_time(session: Session) -> None:
    with only_one(session.workspace, "ingest"), pytest.raises(WorkspaceError, match="another `tenure ingest`"):
        ingest.run(session.dataset, session.workspace)
