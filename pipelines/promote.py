"""`tenure promote`: the challenger becomes champion if the verdict says so; one command back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from configs.errors import WorkspaceError
from configs.registry import CHALLENGER, CHAMPION, PREVIOUS
from pipelines.session import Session, only_one
from training import promotion, registry
from training.effects import promotion as effect_promotion
from training.effects.promotion import EffectGate
from training.promotion import Gate, Verdict

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
        old = registry.out_of_fold(session.workspace, model, champion) if champion else None
        if model == "effects":
            verdict = effect_promotion.judge(new, old, EffectGate())
        else:
            verdict = promotion.judge(new, old, model=model, gate=gate, seed=seed)
        passes = verdict.promote and not dry_run
        if passes:
            registry.promote(session.workspace, model, challenger)
    return Promoted(model, challenger, champion, challenger if passes else champion, verdict)


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
