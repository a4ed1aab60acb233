"""`tenure`: the command line. Commands translate; what they do is in the module of the same name, imported when run."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from configs.errors import CheckFailed, StoreUnavailable, TenureError
from configs.registry import CHALLENGER, MODELS, PREVIOUS
from configs.telemetry import prepare_process
from configs.workspace import ENVIRONMENT, Workspace
from pipelines import rendering
from pipelines.console import speaker

if TYPE_CHECKING:
    from pipelines.session import Session

EXITS = "Exit codes: 0 done, 1 a check failed (drift, gate), 2 wrong usage or bad input, 3 a store is unavailable."
CHATTER = ("py.warnings", "mlflow", "alembic", "feast", "serving")
app = typer.Typer(
    name="tenure",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=f"Customer retention: who may leave, what is at stake, the best next action, what it was worth.\n\n{EXITS}",
)

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", envvar=ENVIRONMENT, help="All state of one dataset lives here.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
NowOption = Annotated[
    str | None, typer.Option("--now", envvar="TENURE_NOW", help="Work as at this instant, e.g. 2017-11-06T05:00:00Z.")
]
ModelArgument = Annotated[str, typer.Argument(help="churn, value, response, or all.")]
HERE = Path("workspace")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors meant for people end it with their message and exit code."""
    prepare_process()
    _hush()
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        app(words, prog_name="tenure")
    except TenureError as error:
        _fail(error, as_json="--json" in words)
    except OSError as error:  # a full disk, a directory that may not be written
        place = f": {error.filename}" if error.filename else ""
        _fail(StoreUnavailable(f"{error.strerror or error}{place}"), as_json="--json" in words)


def _fail(error: TenureError, *, as_json: bool) -> None:
    if as_json and not isinstance(error, CheckFailed):  # a failed check has printed its document
        typer.echo(rendering.failed(error))
    typer.echo(f"error: {error}", err=True)
    sys.exit(error.exit_code)


def _hush() -> None:
    """Leave stderr to progress and errors: libraries' deprecations and MLflow's chatter are not the user's."""
    logging.captureWarnings(True)
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")  # it sets its loggers' level anew when imported
    for name in CHATTER:
        logging.getLogger(name).setLevel(logging.ERROR)


def _example(command: str) -> str:
    return f"Example: [bold]{command}[/bold]\n\n{EXITS}"


@app.command(epilog=_example("tenure ingest complete_journey"))
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


@app.command(epilog=_example("tenure features --workspace ./workspace"))
def features(workspace: WorkspaceOption = HERE, as_json: JsonOption = False, now: NowOption = None) -> None:
    """Compute the feature snapshots that are missing and bring the latest one online."""
    say, session = speaker(as_json), _session(workspace, now)
    from pipelines import features as verb

    with say.progress() as bar:
        report = verb.run(session, bar.at)
    rendering.computed(say, report)


@app.command(epilog=_example("tenure train churn --trials 20"))
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
    say, models, session = speaker(as_json), _models(model), _session(workspace, now)
    from configs.training import Training
    from pipelines import train as verb

    settings = Training(trials=trials, seed=seed, threads=threads)
    with say.progress() as bar:
        done = verb.run(session, models, settings, bar.at, skip_impossible=model == "all")
    rendering.trained(say, done)


@app.command(epilog=_example("tenure promote churn"))
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
    say, models, session = speaker(as_json), _models(model), _session(workspace)
    from pipelines import promote as verb
    from training.promotion import Gate

    if model == "all":
        models = verb.with_alias(session, PREVIOUS if rollback else CHALLENGER)
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


@app.command(epilog=_example("tenure serve --port 3000"))
def serve(
    workspace: WorkspaceOption = HERE,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 3000,
    now: NowOption = None,
) -> None:
    """Answer over HTTP until stopped; the same as `bentoml serve serving.service:Tenure`."""
    session = _session(workspace, now)
    from pipelines.server import ROOT, command

    os.environ[ENVIRONMENT] = str(session.workspace.root.absolute())
    os.chdir(ROOT)
    words = command(host, port)
    os.execv(words[0], words)  # noqa: S606 the process becomes the service


@app.command(epilog=_example("tenure score 1 2 3, or: tenure score --all"))
def score(
    customers: Annotated[list[str] | None, typer.Argument(help="Customer ids.")] = None,
    workspace: WorkspaceOption = HERE,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody, into a Parquet file.")] = False,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Score customers: how likely each is to leave, and what is at stake."""
    if everybody == bool(customers):
        raise typer.BadParameter("give customer ids, or --all")
    say, session = speaker(as_json), _session(workspace, now)
    from pipelines import score as verb
    from pipelines.features import latest

    with say.progress() as bar:
        bar.at("opening the stores")
        if everybody:
            done = verb.everybody_at(session, latest(session), lambda rows: bar.at("customers scored", rows))
        else:
            answer = verb.some(session, customers or [])
    if everybody:
        rendering.batch_scored(say, done)
    else:
        rendering.scored(say, answer, session.dataset.currency)


@app.command(epilog=_example("tenure decide 1 --dry-run"))
def decide(
    customer: Annotated[str, typer.Argument(help="A customer id.")],
    workspace: WorkspaceOption = HERE,
    item_count: Annotated[int, typer.Option(min=1, max=10, help="How many offers at most.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing to the ledger.")] = False,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Decide the best next action for one customer and write it to the ledger."""
    say, session = speaker(as_json), _session(workspace, now)
    from pipelines import decide as verb

    with say.progress() as bar:
        bar.at("opening the stores")
        made = verb.run(session, customer, item_count=item_count, dry_run=dry_run)
    rendering.decided(say, made, session.dataset.currency)


@app.command(epilog=_example("tenure monitor"))
def monitor(workspace: WorkspaceOption = HERE, as_json: JsonOption = False, now: NowOption = None) -> None:
    """Write the monitoring report; exits with 1 where something needs a person."""
    say, session = speaker(as_json), _session(workspace, now)
    with say.progress() as bar:
        bar.at("comparing what was served with what was learned from")
        from configs.monitoring import Monitoring
        from pipelines import monitor as verb

        report = verb.run(session, Monitoring())
    rendering.monitored(say, report)
    if not report.verdict.ok:
        raise CheckFailed(report.verdict.headline)


@app.command(epilog=_example("tenure status --json"))
def status(workspace: WorkspaceOption = HERE, as_json: JsonOption = False, now: NowOption = None) -> None:
    """Show what the workspace holds and what to do next."""
    say, session = speaker(as_json), _session(workspace, now)
    with say.progress() as bar:
        bar.at("reading the stores")
        from pipelines import status as verb

        found = verb.run(session)
    rendering.stated(say, found)


@app.command(epilog=_example("tenure demo --workspace ./workspace"))
def demo(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Run everything once on real data, over HTTP, and leave a workspace that `tenure serve` serves."""
    from pipelines import demo as verb

    verb.run(Workspace(workspace), speaker(as_json))


def _session(workspace: Path, now: str | None = None) -> Session:
    from pipelines.session import open_session

    if now is not None:
        os.environ["TENURE_NOW"] = now
    return open_session(Workspace(workspace))


def _models(asked: str) -> tuple[str, ...]:
    if asked != "all" and asked not in MODELS:
        raise typer.BadParameter(f"{asked!r} is no model; there are {', '.join(MODELS)} and all")
    return MODELS if asked == "all" else (asked,)


if __name__ == "__main__":
    main()
