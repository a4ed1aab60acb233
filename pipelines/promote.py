"""`tenure promote`: the challenger becomes champion if the verdict says so; one command back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from configs.errors import WorkspaceError
from configs.registry import CHALLENGER, CHAMPION, PREVIOUS
from pipelines.champions import of_version
from pipelines.session import Session, only_one
from training import promotion, registry
from training.effects import promotion as effect_promotion
from training.effects.promotion import EffectGate
from training.promotion import Gate, Verdict

SPINE = ("customer_id", "as_of", "offer_id", "offer_kind", "channel")  # what features are joined to, where it is there
NEXT = {
    CHALLENGER: "`tenure train` makes one",
    PREVIOUS: "there is nothing to roll back to before a second promotion",
}


@dataclass(frozen=True)
class Promoted:
    """What was held against what, and the version that is champion now; no verdict where there was nothing to judge."""

    model: str
    challenger: str | None
    before: str | None
    champion: str | None
    verdict: Verdict | None


def run(session: Session, model: str, gate: Gate, *, seed: int = 0, dry_run: bool = False) -> Promoted:
    """Judge the challenger of `model` and promote it if it passes. Raises WorkspaceError where there is none."""
    with only_one(session.workspace, "promote"):
        aliases = registry.versions(session.workspace, model)
        challenger, champion = aliases.get(CHALLENGER), aliases.get(CHAMPION)
        if challenger is None:
            raise WorkspaceError(f"{model}: no challenger; `tenure train {model}` makes one")
        if challenger == champion:
            return Promoted(model, challenger, champion, champion, None)
        new = registry.out_of_fold(session.workspace, model, challenger)
        old = _champions_view(session, model, champion, new) if champion else None
        if model == "effects":
            verdict = effect_promotion.judge(new, old, EffectGate())
        else:
            verdict = promotion.judge(new, old, model=model, gate=gate, seed=seed)
        passes = verdict.promote and not dry_run
        if passes:
            registry.promote(session.workspace, model, challenger)
    return Promoted(model, challenger, champion, challenger if passes else champion, verdict)


def _champions_view(session: Session, model: str, version: str, new: pd.DataFrame) -> pd.DataFrame:
    """What the champion says of the challenger's rows: by its folds, and outright of those after all that taught it.

    Effects are judged on the folds alone. Raises DataError where the champion's features are not there any more.
    """
    folds = registry.out_of_fold(session.workspace, model, version)
    if model == "effects":
        return folds
    trained = of_version(session.workspace, model, version)
    window = trained.artefact.window
    closed = window.last_as_of + timedelta(days=window.lead_days + window.horizon_days)
    later = new[new.as_of >= closed]
    if later.empty:
        return folds
    joined = session.store().join(later[[name for name in SPINE if name in later]], model)
    return pd.concat([folds, later.assign(prediction=trained.predict_frame(joined))], ignore_index=True)


def roll_back(session: Session, model: str) -> Promoted:
    """Bring the previous champion back. Raises WorkspaceError where there is none."""
    with only_one(session.workspace, "promote"):
        before = registry.versions(session.workspace, model).get(CHAMPION)
        champion = registry.roll_back(session.workspace, model)
    return Promoted(model, None, before, champion, None)


def with_alias(session: Session, models: Sequence[str], alias: str) -> tuple[str, ...]:
    """Those of `models` that have a version under `alias`. Raises WorkspaceError where none has."""
    found = tuple(name for name in models if alias in registry.versions(session.workspace, name))
    if not found:
        raise WorkspaceError(f"no model has a {alias}; {NEXT[alias]}")
    return found
