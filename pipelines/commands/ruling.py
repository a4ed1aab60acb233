"""Policies: check, diff, plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines import rendering_campaigns as rendering
from pipelines.commands import HERE, JsonOption, NowOption, WorkspaceOption, example, session_of
from pipelines.console import speaker

app = typer.Typer()
policy = typer.Typer(
    no_args_is_help=True,
    help="What a policy file says: check it, or hold two against each other.",
    epilog=example("tenure policy check policy.yaml"),
)
app.add_typer(policy, name="policy")
PolicyArgument = Annotated[str, typer.Argument(help="The path of a policy YAML, or a shipped policy's name.")]


@policy.command(epilog=example("tenure policy check policy.yaml"))
def check(file: PolicyArgument, workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Check a policy against the offers and features of the workspace, and say what it does."""
    say, session = speaker(as_json), session_of(workspace)
    from configs.loading import load
    from configs.policy import Policy
    from pipelines import policy as verb
    from pipelines.session import find_policy

    rendering.policy_checked(say, verb.check(session, load(find_policy(file), Policy)))


@app.command(epilog=example("tenure plan policy.yaml --lever gift_box=0.5 --budget 5000 --plot plan.png"))
def plan(
    file: PolicyArgument,
    workspace: WorkspaceOption = HERE,
    lever: Annotated[
        list[str] | None, typer.Option(help="OFFER_ID=AMOUNT, added to the policy's levers; may be repeated.")
    ] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="Money expected to be spent at most.")] = None,
    plot: Annotated[Path | None, typer.Option(help="A picture of it: .png, .svg or .pdf.")] = None,
    as_json: JsonOption = False,
    now: NowOption = None,
) -> None:
    """Show what everybody would get under another policy against the one in force; nothing is written but a picture."""
    say, session = speaker(as_json), session_of(workspace, now)
    from dataclasses import replace

    from configs.loading import load
    from configs.policy import Policy
    from pipelines import plan as verb
    from pipelines.plan_plot import draw
    from pipelines.session import find_policy

    judged = load(find_policy(file), Policy)
    with say.progress() as bar:
        found = verb.run(session, judged, levers=lever or (), budget=budget, progress=bar.at)
        if plot is not None:
            bar.at("drawing")
            draw(found, plot, session.dataset.currency)
            found = replace(found, plot=plot)
    rendering.planned(say, found, session.dataset.currency)


@policy.command(epilog=example("tenure policy diff policy.yaml ./workspace/policy.yaml"))
def diff(before: PolicyArgument, after: PolicyArgument, as_json: JsonOption = False) -> None:
    """Show every setting in which two policies differ."""
    from configs.loading import load
    from configs.policy import Policy
    from pipelines import policy as verb
    from pipelines.session import find_policy

    one, other = (load(find_policy(file), Policy) for file in (before, after))
    rendering.policy_differs(speaker(as_json), verb.differences(one, other))
