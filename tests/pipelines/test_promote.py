"""What is said where there is nothing to promote; the verb at work is in test_train."""

from __future__ import annotations

import pytest

from configs.errors import WorkspaceError
from configs.registry import MODELS
from pipelines import promote
from pipelines.session import Session, only_one
from training.promotion import Gate


@pytest.mark.parametrize(
    ("alias", "message"),
    [
        ("challenger", "no model has a challenger; `tenure train` makes one"),
        ("previous", "no model has a previous; there is nothing to roll back to"),
    ],
)
def test_without_a_version_nothing_moves(session: Session, alias: str, message: str) -> None:
    with pytest.raises(WorkspaceError, match=message):
        promote.with_alias(session, MODELS, alias)
    with pytest.raises(WorkspaceError, match="churn: no challenger; `tenure train churn` makes one"):
        promote.run(session, "churn", Gate())


def test_one_promotion_at_a_time(session: Session) -> None:
    with only_one(session.workspace, "promote"), pytest.raises(WorkspaceError, match="another `tenure promote`"):
        promote.roll_back(session, "churn")
