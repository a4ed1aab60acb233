"""Scores and decisions: serve, score, decide."""

from __future__ import annotations

import os
from pathlib import Path
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


@app.command(epilog=example("tenure decide 1 --dry-run, or: tenure decide --all --budget 5000 --out list.csv"))
def decide(
    customer: Annotated[str | None, typer.Argument(help="A customer id.")] = None,
    workspace: WorkspaceOption = HERE,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody: a campaign.")] = False,
    budget: Annotated[
        float | None, typer.Option(min=0, help="With --all: money this campaign is expected to cost at most.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="With --all: the contact list, .csv or .parquet.")] = None,
    prices_only: Annotated[
        bool, typer.Option("--prices-only", help="With --all: find the prices that steer decisions, contact nobody.")
    ] = False,
    item_count: Annotated[int, typer.Option(min=1, max=10, help="How many offers at most.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing to the ledger.")] = False,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Decide the next best action for one customer, or for everybody within budgets, and write it to the ledger."""
    if everybody == bool(customer):
        raise typer.BadParameter("give a customer id, or --all")
    if not everybody and (budget is not None or out is not None or prices_only):
        raise typer.BadParameter("--budget, --out and --prices-only go with --all")
    if prices_only and budget is not None:
        raise typer.BadParameter("--budget is of one campaign; --prices-only finds the prices of the policy's budgets")
    say, session = speaker(as_json), session_of(workspace, now)
    with say.progress() as bar:
        bar.at("opening the stores")
        if customer:
            from pipelines import decide as one

            made = one.run(session, customer, item_count=item_count, dry_run=dry_run)
        else:
            from pipelines import campaign
            from pipelines.campaign_file import check_name

            if out is not None:
                check_name(out)
            done = campaign.run(
                session, budget=budget, out=out, dry_run=dry_run, prices_only=prices_only, progress=bar.at
            )
    if customer:
        rendering.decided(say, made, session.dataset.currency)
    else:
        from pipelines.rendering_campaigns import campaign as told

        told(say, done, session.dataset.currency)
