"""Policies: check, diff."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines import rendering_campaigns as rendering
from pipelines.commands import HERE, JsonOption, WorkspaceOption, example, session_of
from pipelines.console import speaker

app = typer.Typer()
policy = typer.Typer(no_args_is_help=True, help="What a policy file says: check it, or hold two against each other.")
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


@policy.command(epilog=example("tenure policy diff policy.yaml ./workspace/policy.yaml"))
def diff(before: PolicyArgument, after: PolicyArgument, as_json: JsonOption = False) -> None:
    """Show every setting in which two policies differ."""
    from configs.loading import load
    from configs.policy import Policy
    from pipelines import policy as verb
    from pipelines.session import find_policy

    one, other = (load(find_policy(file), Policy) for file in (before, after))
    rendering.policy_differs(speaker(as_json), verb.differences(one, other))
