"""Worlds to try it in: simulate, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from configs.workspace import Workspace
from pipelines import rendering
from pipelines.commands import HERE, JsonOption, WorkspaceOption, example
from pipelines.console import speaker

app = typer.Typer()


@app.command(epilog=example("tenure simulate ./market --customers 5000 --drift concept@44"))
def simulate(
    out: Annotated[Path, typer.Argument(help="An empty or new folder.")],
    customers: Annotated[int, typer.Option(help="1 to 1,000,000.")] = 5_000,
    weeks: Annotated[int, typer.Option(help="How long; a campaign is made every eighth week.")] = 52,
    seed: Annotated[int, typer.Option(help="The same seed gives the same market.")] = 0,
    log: Annotated[str, typer.Option(help="How offers were made: randomised, observational, or both.")] = "randomised",
    drift: Annotated[
        list[str] | None, typer.Option(help="covariate, concept or feed, and since when: feed@48.")
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", help="Live on after the log: Tenure against simpler policies and the oracle.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, help="With --loop: how many markets.")] = 1,
    budget: Annotated[float | None, typer.Option(min=0, help="With --loop: money a week.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the settings and write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make up a market whose truth is known: every table, a mapping to ingest, and what no company knows in truth/.

    With --loop, weeks are those of the loop, after 40 of history; a market of 5,000 takes a quarter of an hour.
    """
    say = speaker(as_json)
    if loop:
        if dry_run or drift or log != "randomised":
            raise typer.BadParameter("--loop goes with --customers, --weeks, --seed, --seeds and --budget alone")
        from pipelines.loop import command
        from pipelines.rendering_campaigns import looped

        with say.progress() as bar:
            lived = command.run(out, command.of(customers, weeks, seed, seeds, budget), bar.at)
        looped(say, lived)
        return
    from pipelines import simulate as verb

    with say.progress() as bar:
        done = verb.run(
            out,
            customers=customers,
            weeks=weeks,
            seed=seed,
            log=log,
            drifts=drift or (),
            dry_run=dry_run,
            progress=bar.at,
        )
    rendering.simulated(say, done)


@app.command(epilog=example("tenure demo --workspace ./workspace"))
def demo(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Run everything once on real data, over HTTP, and leave a workspace that `tenure serve` serves."""
    from pipelines import demo as verb

    verb.run(Workspace(workspace), speaker(as_json))
