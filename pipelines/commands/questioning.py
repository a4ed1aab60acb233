"""Questions to stored decisions: why, replay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from configs.errors import CheckFailed
from pipelines.commands import HERE, JsonOption, WorkspaceOption, example, session_of
from pipelines.console import speaker

app = typer.Typer()
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]


@app.command(epilog=example("tenure why 4b1f0c2a9d"))
def why(
    decision: Annotated[str, typer.Argument(help="The id of a decision, of a campaign's too.")],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Explain a stored decision: why this, why not that, and what would flip it."""
    say, session = speaker(as_json), session_of(workspace)
    from pipelines import rendering_questions
    from pipelines import why as verb

    with say.progress() as bar:
        bar.at("deciding again")
        found = verb.run(session, decision)
    rendering_questions.explained(say, found, session.dataset.currency)


@app.command(epilog=example("tenure replay --since 2017-11-01 --most 1000"))
def replay(
    decisions: Annotated[list[str] | None, typer.Argument(help="Ids of decisions; without any, all.")] = None,
    workspace: WorkspaceOption = HERE,
    since: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="Those made at this UTC time or later.")
    ] = None,
    most: Annotated[int | None, typer.Option(min=1, help="At most so many, the latest first.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make stored decisions again and compare bit for bit; exits with 1 unless all are identical."""
    if decisions and (since or most):
        raise typer.BadParameter("give ids of decisions, or --since and --most")
    say, session = speaker(as_json), session_of(workspace)
    from pipelines import rendering_questions
    from pipelines import replay as verb

    with say.progress() as bar:
        bar.at("opening the stores")
        began = since.replace(tzinfo=UTC) if since else None
        found = verb.run(session, decisions or (), since=began, most=most, progress=bar.at)
    rendering_questions.replayed(say, found)
    if not found.ok:
        raise CheckFailed(found.headline)
