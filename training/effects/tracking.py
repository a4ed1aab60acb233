"""Logs an effect training run to MLflow: figures, curves, card, menu; and registers its artefact as the challenger."""

from __future__ import annotations

from collections.abc import Sequence

import mlflow
import pandas as pd

from configs.workspace import Workspace
from training import runs
from training.effects import artefact, card, plots
from training.effects.fit import Learned
from training.effects.model import FittedEffects, known
from training.effects.problem import EffectProblem
from training.registry import LOG, OUT_OF_FOLD, PAIRS
from training.tracking import Version

MODEL = "effects"


def log(workspace: Workspace, problem: EffectProblem, fitted: FittedEffects) -> Version:
    """Log a run, register its artefact and call it the challenger."""
    runs.choose_experiment(workspace, MODEL)
    with mlflow.start_run(run_name=f"{problem.dataset} {MODEL}") as run:
        _log_choices(problem, fitted)
        mlflow.log_metrics(fitted.artefact.metrics)
        mlflow.log_text(card.card(fitted, problem), "model_card.md")
        for one in fitted.learned:
            _log_curves(one, problem)
        runs.log_frame(_out_of_fold(problem, fitted.learned), OUT_OF_FOLD)
        runs.log_frame(fitted.evaluation.log, LOG)
        runs.log_frame(fitted.evaluation.pairs, PAIRS)
        version = runs.register(
            workspace, MODEL, lambda folder: artefact.write(fitted, folder), fitted.artefact.window.fingerprint
        )
    return Version(MODEL, version, run.info.run_id, fitted.artefact.metrics)


def _log_choices(problem: EffectProblem, fitted: FittedEffects) -> None:
    window = fitted.artefact.window
    mlflow.log_params(
        {
            **{f"{one.target.target}_learner": one.target.learner for one in fitted.learned},
            "rows": window.rows,
            "customers": window.customers,
            "censored": window.censored,
            "first_as_of": window.first_as_of.isoformat(),
            "last_as_of": window.last_as_of.isoformat(),
            "fingerprint": window.fingerprint,
        }
    )
    mlflow.set_tags({f"evidence {found.offer_id}": found.grade for found in problem.evidence})
    for one in fitted.learned:
        tried = [(t.learner, t.value, t.low, t.high) for t in one.menu]
        table = pd.DataFrame(tried, columns=["learner", "value_at_budget", "low", "high"])
        mlflow.log_table(table, f"menu/{one.target.target}.json")


def _log_curves(one: Learned, problem: EffectProblem) -> None:
    rows = problem.rows.iloc[known(problem, one.target.target)]
    for draw in (plots.qini, plots.uplift_by_decile, plots.profit):
        mlflow.log_figure(draw(one, rows), f"plots/{one.target.target}_{draw.__name__}.png")


def _out_of_fold(problem: EffectProblem, learned: Sequence[Learned]) -> pd.DataFrame:
    frames = []
    for one in learned:
        rows = problem.rows.iloc[known(problem, one.target.target)]
        frame = rows[["customer_id", "as_of", "offer_id", "channel", "treated", "weight"]]
        uplift, _, _ = one.target.belief.uplift(one.scores)
        frames.append(frame.assign(target=one.target.target, uplift=uplift, gain=one.gains))
    return pd.concat(frames, ignore_index=True)
