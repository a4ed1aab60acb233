"""`tenure`: the command line. Commands translate; what they do is in the module of the same name, imported when run."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from configs.errors import CheckFailed, TenureError
from configs.registry import CHALLENGER, MODELS
from configs.telemetry import prepare_process
from configs.workspace import ENVIRONMENT, Workspace
from pipelines.console import speaker

if TYPE_CHECKING:
    from pipelines.session import Session

EXITS = "Exit codes: 0 done, 1 a check failed (drift, gate), 2 wrong usage or bad input, 3 a store is unavailable."
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
HERE = Path("workspace")


def main() -> None:
    """Run the command line; errors meant for people end it with their message and exit code."""
    prepare_process()
    _hush()
    try:
        app()
    except TenureError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


def _hush() -> None:
    """Leave stderr to progress and errors: libraries' deprecations and MLflow's chatter are not the user's."""
    logging.captureWarnings(True)
    for name in ("py.warnings", "mlflow", "alembic", "feast", "serving"):
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
    names = ("table", "read", "kept", "quarantined", "duplicates", "late")
    say.table(names, [[getattr(summary, name) for name in names] for summary in summaries])
    for summary in summaries:
        for reason, rows in summary.reasons.items():
            say.say(f"{summary.table}: {rows:,} rows quarantined: {reason}")
    if mapping.notice:
        say.say(f"Note: {mapping.notice}")
    say.document({"dataset": mapping.name, "tables": [asdict(summary) for summary in summaries]})


@app.command(epilog=_example("tenure features --workspace ./workspace"))
def features(workspace: WorkspaceOption = HERE, as_json: JsonOption = False, now: NowOption = None) -> None:
    """Compute the feature snapshots that are missing and bring the latest one online."""
    from pipelines import features as verb

    say, session = speaker(as_json), _session(workspace, now)
    with say.progress() as bar:
        report = verb.run(session, bar.at)
    names = ("view", "computed", "kept", "rows")
    say.table(names, [[getattr(view, name) for name in names] for view in report.views])
    say.say(f"Online: the snapshot of {report.as_of:%Y-%m-%dT%H:%M:%SZ}; {report.events:,} events folded in")
    say.document({"as_of": report.as_of.isoformat(), "views": [asdict(view) for view in report.views]})


@app.command(epilog=_example("tenure train churn --trials 20"))
def train(
    model: Annotated[str, typer.Argument(help="churn, value, response, or all.")] = "all",
    workspace: WorkspaceOption = HERE,
    trials: Annotated[int, typer.Option(min=1, help="Optuna trials.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="LightGBM threads; not more than there are free cores.")] = 1,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Train, log to MLflow and register as challenger; `mlflow ui` over the workspace shows the runs."""
    from configs.training import Training
    from pipelines import train as verb

    say, session = speaker(as_json), _session(workspace, now)
    models = _models(model)
    settings = Training(trials=trials, seed=seed, threads=threads)
    with say.progress() as bar:
        done = verb.run(session, models, settings, bar.at, skip_impossible=model == "all")
    for trained in done:
        if trained.version is None:
            say.say(f"{trained.model}: not trained: {trained.refused}")
            continue
        figures = ", ".join(f"{name} {value:.4g}" for name, value in trained.version.metrics.items())
        say.say(f"{trained.model} version {trained.version.version}: {trained.rows:,} rows; {figures}; {trained.how}")
        for suspect in trained.suspects:
            say.say(f"  [yellow]suspected leak:[/yellow] {suspect}")
    say.document({"models": [asdict(trained) for trained in done]})


@app.command(epilog=_example("tenure promote churn"))
def promote(
    model: Annotated[str, typer.Argument(help="churn, value, response, or all.")] = "all",
    workspace: WorkspaceOption = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Bring the previous champion back.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Hold the challenger against the champion and promote it if it passes; a refusal exits with 1."""
    from pipelines import promote as verb
    from training.promotion import Gate
    from training.tracking import versions

    say, session = speaker(as_json), _session(workspace)
    every = [name for name in _models(model) if model != "all" or CHALLENGER in versions(session.workspace, name)]
    if rollback:
        done = [verb.roll_back(session, name) for name in every]
    else:
        done = [verb.run(session, name, Gate(), dry_run=dry_run) for name in every]
    for result in done:
        say.say(f"{result.model}: champion is version {result.champion or '-'} (was {result.before or '-'})")
        for reason in result.verdict.reasons if result.verdict else ():
            say.say(f"  {'passed' if reason.passed else '[red]failed[/red]'}  {reason.check}: {reason.said}")
    say.document({"models": [asdict(result) for result in done]})
    refused = [result.model for result in done if result.verdict and not result.verdict.promote]
    if refused:
        raise CheckFailed(f"not promoted: {', '.join(refused)}")


@app.command(epilog=_example("tenure serve --port 3000"))
def serve(
    workspace: WorkspaceOption = HERE,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 3000,
    now: NowOption = None,
) -> None:
    """Answer over HTTP until stopped; the same as `bentoml serve serving.service:Tenure`."""
    session = _session(workspace, now)
    os.environ[ENVIRONMENT] = str(session.workspace.root.absolute())
    root = Path(__file__).parent.parent
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:Tenure", "--host", host, "--port", str(port)]
    os.chdir(root)
    os.execv(command[0], command)  # noqa: S606 the process becomes the service


@app.command(epilog=_example("tenure score 1 2 3, or: tenure score --all"))
def score(
    customers: Annotated[list[str] | None, typer.Argument(help="Customer ids.")] = None,
    workspace: WorkspaceOption = HERE,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody, into a Parquet file.")] = False,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Score customers: how likely each is to leave, and what is at stake."""
    from pipelines import score as verb

    say, session = speaker(as_json), _session(workspace, now)
    if everybody == bool(customers):
        raise typer.BadParameter("give customer ids, or --all")
    if everybody:
        with say.progress() as bar:
            done = verb.everybody_at(session, session.clock(), lambda rows: bar.at("scoring", rows))
        say.say(f"{done.rows:,} customers as of {done.as_of:%Y-%m-%dT%H:%M:%SZ} scored into {done.path}")
        say.document({**asdict(done), "path": str(done.path), "as_of": done.as_of.isoformat()})
        return
    answer = verb.some(session, customers or [])
    for found in answer.scores:
        known = "" if found.known else " (not in the records: cold start)"
        risk = "-" if found.p_churn is None else f"{found.p_churn:.1%} {found.risk_band}"
        stake = "-" if found.value_at_stake is None else f"{found.value_at_stake:,.2f} {session.dataset.currency}"
        say.say(f"{found.customer_id}{known}: risk {risk}, at stake {stake}; {'; '.join(found.reasons)}")
    say.document(asdict(answer))


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
    from pipelines import decide as verb
    from pipelines.words import decision_lines

    say, session = speaker(as_json), _session(workspace, now)
    made = verb.run(session, customer, item_count=item_count, dry_run=dry_run)
    for line in decision_lines(made, session.dataset.currency):
        say.say(line)
    say.document(asdict(made))


@app.command(epilog=_example("tenure monitor"))
def monitor(workspace: WorkspaceOption = HERE, as_json: JsonOption = False, now: NowOption = None) -> None:
    """Write the monitoring report; exits with 1 where something needs a person."""
    from configs.monitoring import Monitoring
    from pipelines import monitor as verb

    say, session = speaker(as_json), _session(workspace, now)
    with say.progress() as bar:
        bar.at("comparing what was served with what was learned from")
        report = verb.run(session, Monitoring())
    say.say(report.verdict.headline)
    for finding in report.verdict.findings:
        say.say(f"  {finding.level}: {finding.what}")
    say.say(f"Report: {report.html}")
    say.document({"ok": report.verdict.ok, "html": str(report.html), "json": str(report.json)})
    if not report.verdict.ok:
        raise CheckFailed(report.verdict.headline)


@app.command(epilog=_example("tenure status --json"))
def status(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Show what the workspace holds and what to do next."""
    from pipelines import status as verb

    say, session = speaker(as_json), _session(workspace)
    found = verb.run(session)
    say.say(f"{found.dataset}, as at {found.now:%Y-%m-%dT%H:%M:%SZ}")
    say.table(
        ("table", "kept", "quarantined"), [(name, t["kept"], t["quarantined"]) for name, t in found.tables.items()]
    )
    say.table(("feature view", "snapshots"), list(found.snapshots.items()))
    for name, aliases in found.models.items():
        say.say(f"model {name}: " + ", ".join(f"{alias} is version {version}" for alias, version in aliases.items()))
    say.say("ledger: " + (", ".join(f"{rows:,} {name}" for name, rows in found.ledger.items()) or "empty"))
    say.say(f"next: {found.next_step}")
    say.document({**asdict(found), "now": found.now.isoformat()})


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
