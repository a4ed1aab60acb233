"""`tenure`: the command line of the commands in `pipelines/commands/`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from configs.errors import CheckFailed, StoreUnavailable, TenureError
from configs.telemetry import prepare_process
from pipelines import rendering
from pipelines.commands import EXITS, answering, judging, learning, questioning, ruling, worlds

CHATTER = ("py.warnings", "mlflow", "alembic", "feast", "serving")
app = typer.Typer(
    name="tenure",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=f"Customer retention: who may leave, what is at stake, the best next action, what it was worth.\n\n{EXITS}",
)
for room in (learning, answering, questioning, ruling, judging, worlds):  # the order in which a person meets them
    app.add_typer(room.app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors meant for people end it with their message and exit code."""
    prepare_process()
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with _hushed():
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


@contextmanager
def _hushed() -> Iterator[None]:
    """Leave stderr to progress and errors while a command runs: deprecations and MLflow's chatter are not the user's.

    Loggers are then as they were: whoever calls `main` within a process of his own hears the service's warnings again.
    """
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")  # it sets its loggers' level anew when imported
    levels = {name: logging.getLogger(name).level for name in CHATTER}
    logging.captureWarnings(True)
    for name in CHATTER:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


if __name__ == "__main__":
    main()
