"""The policy in force and the offers it may make."""

from __future__ import annotations

from configs.loading import load
from configs.policy import Policy
from features.tables import RECORDS
from pipelines.session import Session
from serving.catalogue import Catalogue, catalogue_of


def in_force(session: Session) -> Policy:
    """The policy of a workspace. Raises ConfigError."""
    return load(session.workspace.policy, Policy)


def offers_of(session: Session, policy: Policy) -> Catalogue:
    """What `policy` may offer in a workspace. Raises DataError."""
    return catalogue_of(policy, session.workspace.tables / "offers" / RECORDS)
