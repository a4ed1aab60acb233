"""What was it worth, and is all well: evaluate, monitor, status."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from configs.errors import CheckFailed
from pipelines import rendering
from pipelines.commands import HERE, JsonOption, NowOption, WorkspaceOption, example, session_of
from pipelines.console import speaker

app = typer.Typer()


class On(StrEnum):
    """What a policy is judged on."""

    log = "log"
    ledger = "ledger"


class Reward(StrEnum):
    """What is summed."""

    profit = "profit"
    margin = "margin"
    retention = "retention"
    acceptance = "acceptance"


@app.command(epilog=example("tenure evaluate policy.yaml --reward margin"))
def evaluate(
    policy: Annotated[str, typer.Argument(help="The path of a policy YAML, or a shipped policy's name.")],
    workspace: WorkspaceOption = HERE,
    on: Annotated[On, typer.Option(help="The randomised log, or the decisions in the ledger.")] = On.log,
    reward: Annotated[Reward, typer.Option(help="What counts.")] = Reward.profit,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Say what a policy would have been worth, without trying it; exits with 1 where the log cannot say."""
    say, session = speaker(as_json), session_of(workspace, now)
    from configs.loading import load
    from configs.policy import Policy
    from pipelines import evaluate as verb
    from pipelines.session import find_policy

    judged = load(find_policy(policy), Policy)
    with say.progress() as bar:
        found = verb.run(session, judged, on=on.value, reward=reward.value, progress=bar.at)
    rendering.evaluated(say, found)
    if found.refused:
        raise CheckFailed(f"refused: {'; '.join(found.refused)}")


class Format(StrEnum):
    """What an export is for."""

    parquet = "parquet"
    obp = "obp"
    dsjson = "dsjson"
    pega = "pega"


class Brought(StrEnum):
    """What a decision is said to have brought."""

    acceptance = "acceptance"
    value = "value"


@app.command(epilog=example("tenure export decisions.npz --format obp"))
def export(
    out: Annotated[Path, typer.Argument(help="The file: .parquet (pega too), .npz for obp, .json for dsjson.")],
    workspace: WorkspaceOption = HERE,
    kind: Annotated[
        Format,
        typer.Option("--format", help="parquet (a row per decision), Open Bandit Pipeline, Vowpal Wabbit, or Pega."),
    ] = Format.parquet,
    reward: Annotated[
        Brought, typer.Option(help="Whether the offer made first was accepted, or the value reported of that.")
    ] = Brought.acceptance,
    since: Annotated[str | None, typer.Option(help="Decisions made after this instant.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Decisions made up to this instant: later ones may yet be accepted.")
    ] = None,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Write the ledger's decisions, with candidates, probabilities and outcomes, for another tool."""
    say, session = speaker(as_json), session_of(workspace, now)
    from configs.clock import parse_instant
    from pipelines.export import run as verb
    from pipelines.rendering_campaigns import exported

    with say.progress() as bar:
        bar.at("reading the ledger")
        after = None if since is None else parse_instant(since, "--since")
        last = None if until is None else parse_instant(until, "--until")
        done = verb.run(session, out, kind.value, since=after, until=last, reward=reward.value)
    exported(say, done)


class Outcome(StrEnum):
    """What arms are compared on."""

    retention = "retention"
    profit = "profit"


@app.command(epilog=example("tenure lift --outcome profit"))
def lift(
    workspace: WorkspaceOption = HERE,
    outcome: Annotated[Outcome, typer.Option(help="What arms are compared on.")] = Outcome.retention,
    since: Annotated[str | None, typer.Option(help="Customers first decided for after this instant.")] = None,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Say what each arm brought, with intervals; exits with 1 where the arms cannot say."""
    say, session = speaker(as_json), session_of(workspace, now)
    from configs.clock import parse_instant
    from pipelines import lift as verb
    from pipelines.rendering_campaigns import lifted

    with say.progress() as bar:
        after = None if since is None else parse_instant(since, "--since")
        found = verb.run(session, outcome=outcome.value, since=after, progress=bar.at)
    lifted(say, found)
    if found.refused:
        raise CheckFailed(f"refused: {found.refused}")


@app.command(epilog=example("tenure monitor"))
def monitor(
    workspace: WorkspaceOption = HERE,
    settings: Annotated[
        Path | None, typer.Option(help="A YAML file of monitoring settings; the defaults without it.")
    ] = None,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Write the monitoring report and tell the webhook; exits with 1 where something needs a person."""
    say, session = speaker(as_json), session_of(workspace, now)
    with say.progress() as bar:
        bar.at("reading the workspace")
        from configs.loading import load
        from configs.monitoring import Monitoring
        from pipelines import monitor as verb

        chosen = Monitoring() if settings is None else load(settings, Monitoring)
        done = verb.run_and_tell(session, chosen, os.environ, bar.at)
    rendering.monitored(say, done)
    if not done.report.verdict.ok:
        raise CheckFailed(done.report.verdict.headline)


@app.command(epilog=example("tenure status --json"))
def status(workspace: WorkspaceOption = HERE, as_json: JsonOption = False, now: NowOption = None) -> None:
    """Show what the workspace holds and what to do next."""
    say, session = speaker(as_json), session_of(workspace, now)
    with say.progress() as bar:
        bar.at("reading the stores")
        from pipelines import status as verb

        found = verb.run(session)
    rendering.stated(say, found)
