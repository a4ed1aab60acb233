"""What is trained, what is reported as impossible, and one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from configs.errors import DataError, WorkspaceError
from pipelines import promote, train
from pipelines.session import Session, only_one
from tests.pipelines.conftest import Storeless
from tests.training.worlds import QUICK
from training import registry
from training.promotion import Gate


def without(session: Session, *tables: str) -> Session:
    kept = {name: select for name, select in session.dataset.tables.items() if name not in tables}
    return replace(session, dataset=session.dataset.model_copy(update={"tables": kept}))


def test_train_promote_and_roll_back(session: Session, storeless: Callable[[Session], Storeless]) -> None:
    """The verbs in the order a person uses them; the store alone is a fake."""
    opened = storeless(without(session, "offers"))
    told: list[str] = []
    churn, response = train.run(
        opened, ("churn", "response"), QUICK, lambda what, *_: told.append(what), skip_impossible=True
    )
    assert churn.version is not None
    assert (churn.version.version, churn.refused, churn.suspects) == ("1", None, ())
    assert response.version is None
    assert response.refused == "response: needs the tables offers, which are not mapped"
    assert told[0] == "churn: joining features"
    assert "churn: trials" in told

    gate = Gate(min_auc_low=0.0, max_calibration_error=1.0)  # the fake features say nothing of churn
    rehearsed = promote.run(opened, "churn", gate, dry_run=True)
    assert (rehearsed.champion, registry.versions(opened.workspace, "churn")) == (None, {"challenger": "1"})
    assert promote.run(opened, "churn", gate).champion == "1"
    again = promote.run(opened, "churn", gate)
    assert (again.champion, again.verdict) == ("1", None)

    train.run(opened, ("churn",), QUICK, skip_impossible=False)
    refused = promote.run(opened, "churn", replace(gate, min_auc_low=1.0))
    assert (refused.before, refused.champion) == ("1", "1")
    assert [reason.check for reason in refused.verdict.reasons if not reason.passed] == ["ranking"]
    second = promote.run(opened, "churn", gate)  # the same seed and rows: identical, and so not worse
    assert (second.before, second.champion) == ("1", "2")
    back = promote.roll_back(opened, "churn")
    assert (back.before, back.champion) == ("2", "1")
    assert promote.with_alias(opened, ("churn", "response"), "previous") == ("churn",)


def test_a_champion_of_long_ago_is_held_against_the_challenger_on_rows_that_came_since(
    session: Session, storeless: Callable[[Session], Storeless]
) -> None:
    """The folds of the two have no row in common; the champion is asked about those that cannot have taught it."""
    opened = storeless(without(session, "offers"))
    gate = Gate(min_auc_low=0.0, max_calibration_error=1.0)
    before = replace(opened, clock=lambda: datetime(2023, 8, 1, tzinfo=UTC))
    for one in (before, opened):
        train.run(one, ("churn",), QUICK, skip_impossible=False)
        done = promote.run(one, "churn", gate)
    folds = [registry.out_of_fold(opened.workspace, "churn", version) for version in ("1", "2")]
    assert folds[0].merge(folds[1], on=["customer_id", "as_of"]).empty
    assert done.verdict is not None
    assert [reason.check for reason in done.verdict.reasons if reason.check == "same rows"] == []
    said = next(reason.said for reason in done.verdict.reasons if reason.check == "against the champion")
    assert f"{len(folds[1]):,} shared rows" in said


def test_where_nothing_can_be_trained_every_reason_is_given(
    session: Session, storeless: Callable[[Session], Storeless]
) -> None:
    opened = storeless(without(session, "offers"))
    settings = QUICK.model_copy(update={"min_rows": 100_000})
    with pytest.raises(DataError, match="no model could be trained") as caught:
        train.run(opened, ("churn", "response"), settings, skip_impossible=True)
    assert caught.value.details[0].endswith("or shorten the horizon")
    assert "at least 100000 are needed" in caught.value.details[0]
    with pytest.raises(DataError, match="response: needs the tables offers"):
        train.run(opened, ("response",), settings, skip_impossible=False)


def test_a_second_run_is_turned_away(session: Session, storeless: Callable[[Session], Storeless]) -> None:
    with (
        only_one(session.workspace, "train"),
        pytest.raises(WorkspaceError, match="another `tenure train` is at work"),
    ):
        train.run(storeless(session), ("churn",), QUICK, skip_impossible=False)
    assert not session.workspace.mlflow.exists()
