"""From records to a champion: ingest, features, train, promote."""

from __future__ import annotations

from typing import Annotated

import typer

from configs.errors import CheckFailed
from configs.registry import CHALLENGER, MODELS, PREVIOUS
from configs.workspace import Workspace
from pipelines import rendering
from pipelines.commands import HERE, JsonOption, ModelArgument, NowOption, WorkspaceOption, example, session_of
from pipelines.console import speaker

app = typer.Typer()
GROUPS = {"offers": ("response", "effects"), "all": MODELS}


@app.command(epilog=example("tenure ingest complete_journey"))
def ingest(
    dataset: Annotated[str, typer.Argument(help="A shipped dataset's name, or the path of a mapping YAML.")],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Read records, check every row against the contract, write typed tables; bad rows are kept apart with reasons."""
    from pipelines import ingest as verb
    from pipelines.session import find_dataset

    say, mapping = speaker(as_json), find_dataset(dataset)
    with say.progress() as bar:
        summaries = verb.run(mapping, Workspace(workspace), bar.at)
    rendering.ingested(say, mapping, summaries)


@app.command(epilog=example("tenure features --workspace ./workspace"))
def features(workspace: WorkspaceOption = HERE, as_json: JsonOption = False, now: NowOption = None) -> None:
    """Compute the feature snapshots that are missing and bring the latest one online."""
    say, session = speaker(as_json), session_of(workspace, now)
    from pipelines import features as verb

    with say.progress() as bar:
        report = verb.run(session, bar.at)
    rendering.computed(say, report)


@app.command(epilog=example("tenure train churn --trials 20"))
def train(
    model: ModelArgument = "all",
    workspace: WorkspaceOption = HERE,
    trials: Annotated[int, typer.Option(min=1, help="Optuna trials.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same model.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="LightGBM threads; not more than there are free cores.")] = 1,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Train, log to MLflow and register as challenger; `mlflow ui` over the workspace shows the runs."""
    say, models, session = speaker(as_json), models_of(model), session_of(workspace, now)
    from configs.training import Training
    from pipelines import train as verb

    settings = Training(trials=trials, seed=seed, threads=threads)
    with say.progress() as bar:
        done = verb.run(session, models, settings, bar.at, skip_impossible=model in GROUPS)
    rendering.trained(say, done)


@app.command(epilog=example("tenure promote churn"))
def promote(
    model: ModelArgument = "all",
    workspace: WorkspaceOption = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Bring the previous champion back.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Hold the challenger against the champion and promote it if it passes; a refusal exits with 1."""
    if rollback and dry_run:
        raise typer.BadParameter("give --rollback or --dry-run, not both")
    say, models, session = speaker(as_json), models_of(model), session_of(workspace)
    from pipelines import promote as verb
    from training.promotion import Gate

    if model in GROUPS:
        models = verb.with_alias(session, models, PREVIOUS if rollback else CHALLENGER)
    done = []
    with say.progress() as bar:
        for number, name in enumerate(models):
            bar.at(f"{name}: judging", number, len(models))
            if rollback:
                done.append(verb.roll_back(session, name))
            else:
                done.append(verb.run(session, name, Gate(), dry_run=dry_run))
    rendering.promoted(say, done)
    if refused := [result.model for result in done if result.verdict and not result.verdict.promote]:
        raise CheckFailed(f"not promoted: {', '.join(refused)}")


def models_of(asked: str) -> tuple[str, ...]:
    """The models that a word on the command line stands for."""
    if asked in GROUPS:
        return GROUPS[asked]
    if asked not in MODELS:
        raise typer.BadParameter(f"{asked!r} is no model; there are {', '.join((*MODELS, *GROUPS))}")
    return (asked,)
