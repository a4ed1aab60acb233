"""What the commands share. A command translates; what it does is in the module of its own name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from configs.workspace import ENVIRONMENT, Workspace

if TYPE_CHECKING:
    from pipelines.session import Session

EXITS = "Exit codes: 0 done, 1 a check failed (drift, gate), 2 wrong usage or bad input, 3 a store is unavailable."
WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", envvar=ENVIRONMENT, help="All state of one dataset lives here.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
NowOption = Annotated[
    str | None, typer.Option("--now", envvar="TENURE_NOW", help="Work as at this instant, e.g. 2017-11-06T05:00:00Z.")
]
ModelArgument = Annotated[str, typer.Argument(help="churn, value, response, effects; offers (the last two), or all.")]
HERE = Path("workspace")


def example(command: str) -> str:
    """The end of a command's help."""
    return f"Example: [bold]{command}[/bold]\n\n{EXITS}"


def session_of(workspace: Path, now: str | None = None) -> Session:
    """The session of an ingested workspace, at the instant `now` where one is given."""
    from pipelines.session import open_session

    if now is not None:
        os.environ["TENURE_NOW"] = now
    return open_session(Workspace(workspace))
