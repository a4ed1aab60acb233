"""Scores and decisions: serve, score, decide."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from configs.workspace import ENVIRONMENT
from pipelines import rendering
from pipelines.commands import HERE, JsonOption, NowOption, WorkspaceOption, example, session_of
from pipelines.console import speaker

app = typer.Typer()


@app.command(epilog=example("tenure serve --port 3000"))
def serve(
    workspace: WorkspaceOption = HERE,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 3000,
    now: NowOption = None,
) -> None:
    """Answer over HTTP until stopped; the same as `bentoml serve serving.service:Tenure`."""
    session = session_of(workspace, now)
    from pipelines.server import ROOT, command

    os.environ[ENVIRONMENT] = str(session.workspace.root.absolute())
    os.chdir(ROOT)
    words = command(host, port)
    os.execv(words[0], words)  # noqa: S606 the process becomes the service


@app.command(epilog=example("tenure score 1 2 3, or: tenure score --all"))
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
    say, session = speaker(as_json), session_of(workspace, now)
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


@app.command(epilog=example("tenure decide 1 --dry-run"))
def decide(
    customer: Annotated[str, typer.Argument(help="A customer id.")],
    workspace: WorkspaceOption = HERE,
    item_count: Annotated[int, typer.Option(min=1, max=10, help="How many offers at most.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing to the ledger.")] = False,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Decide the best next action for one customer and write it to the ledger."""
    say, session = speaker(as_json), session_of(workspace, now)
    from pipelines import decide as verb

    with say.progress() as bar:
        bar.at("opening the stores")
        made = verb.run(session, customer, item_count=item_count, dry_run=dry_run)
    rendering.decided(say, made, session.dataset.currency)
