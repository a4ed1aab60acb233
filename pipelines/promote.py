"""`tenure promote`: the challenger becomes champion if the verdict says so; one command back."""

from __future__ import annotations

from dataclasses import dataclass

from configs.errors import WorkspaceError
from configs.registry import CHALLENGER, CHAMPION
from pipelines.session import Session, only_one
from training import promotion, tracking
from training.promotion import Gate, Verdict


@dataclass(frozen=True)
class Promoted:
    """What was held against what, and the version that is champion now."""

    model: str
    challenger: str | None
    before: str | None
    champion: str | None
    verdict: Verdict | None


def run(session: Session, model: str, gate: Gate, *, seed: int = 0, dry_run: bool = False) -> Promoted:
    """Judge the challenger of `model` and promote it if it passes. Raises WorkspaceError where there is none."""
    with only_one(session.workspace, "promote"):
        aliases = tracking.versions(session.workspace, model)
        challenger, champion = aliases.get(CHALLENGER), aliases.get(CHAMPION)
        if challenger is None:
            raise WorkspaceError(f"{model}: no challenger; `tenure train {model}` makes one")
        if challenger == champion:
            return Promoted(model, challenger, champion, champion, None)
        verdict = promotion.judge(
            tracking.out_of_fold(session.workspace, model, challenger),
            tracking.out_of_fold(session.workspace, model, champion) if champion else None,
            objective="amount" if model == "value" else "binary",
            gate=gate,
            seed=seed,
        )
        if verdict.promote and not dry_run:
            tracking.promote(session.workspace, model, challenger)
        now = challenger if verdict.promote and not dry_run else champion
    return Promoted(model, challenger, champion, now, verdict)


def roll_back(session: Session, model: str) -> Promoted:
    """Bring the previous champion back."""
    with only_one(session.workspace, "promote"):
        before = tracking.versions(session.workspace, model).get(CHAMPION)
        champion = tracking.roll_back(session.workspace, model)
    return Promoted(model, None, before, champion, None)
