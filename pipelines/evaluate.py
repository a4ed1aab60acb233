"""`tenure evaluate`: what a policy would have been worth, on the randomised log or on the ledger, without trying it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import pandas as pd

from configs.errors import ConfigError
from configs.policy import Policy
from configs.registry import CHAMPION
from configs.workspace import Workspace
from decisioning.off_policy import LEVEL
from pipelines.champions import no_champion
from pipelines.evaluation import ledger, randomised
from pipelines.evaluation.logged import Logged, Reward, name
from pipelines.evaluation.replay import Key, replay
from pipelines.evaluation.report import Evaluation, judge
from pipelines.evaluation.scored import learned
from pipelines.policies import offers_of
from pipelines.policy import unknown_names
from pipelines.session import Session
from serving.catalogue import Catalogue
from training import registry

On = Literal["log", "ledger"]
Read = Callable[[Workspace, str], tuple[pd.DataFrame, pd.DataFrame]]
UNITS: Mapping[Reward, str] = {"retention": "share who stay", "acceptance": "share who accept"}


def run(
    session: Session,
    policy: Policy,
    *,
    on: On,
    reward: Reward,
    level: float = LEVEL,
    read: Read = registry.evaluation_log,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Judge `policy`; `read` gives the log and the pairs of a version of the effects.

    Raises ConfigError for an offer the catalogue lacks, WorkspaceError without champions, DataError where no row has
    the reward or the log is none. A log that cannot answer is no error: the evaluation says why it is refused.
    """
    catalogue = offers_of(session, policy)
    _require_known(policy, catalogue)
    progress("reading what was done, and what came of it")
    if on == "log":
        logged = _from_log(session, catalogue, policy, reward, read)
    else:
        logged = ledger.logged(session, catalogue, policy, reward, learned(session))
    rows = len(logged.log)

    def told(done: int) -> None:
        progress(f"deciding as the policy would: {done:,} of {rows:,} rows")

    replayed = replay(logged.moments, catalogue.offers, policy.rules(), logged.keys, told)
    return judge(
        logged,
        replayed.policy,
        title=f"policy {policy.version}",
        on=on,
        reward=reward,
        unit=UNITS.get(reward, session.dataset.currency),
        level=level,
        notes=_unjudged(replayed.unjudged, rows),
    )


def _from_log(session: Session, catalogue: Catalogue, policy: Policy, reward: Reward, read: Read) -> Logged:
    version = registry.versions(session.workspace, "effects").get(CHAMPION)
    if version is None:
        raise no_champion("effects")
    log, pairs = read(session.workspace, version)
    return randomised.logged(log, pairs, catalogue, session.dataset, policy, reward)


def _require_known(policy: Policy, catalogue: Catalogue) -> None:
    if problems := list(unknown_names(policy, catalogue)):
        raise ConfigError(f"policy {policy.version}: {len(problems)} names are unknown", details=problems)


def _unjudged(actions: Mapping[Key, int], rows: int) -> tuple[str, ...]:
    """Notes on what the policy may do and nobody tried: it is judged as if it could not."""
    return tuple(
        f"{name(key)} left out on {count / rows:.1%} of rows: it was not tried there"
        for key, count in sorted(actions.items())
    )
