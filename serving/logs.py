"""Keeps personal data out of the log: an exception is named by its type and place, its message stays unsaid."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from traceback import extract_tb


class WithoutPersonalData(logging.Filter):
    """Replaces the traceback of a record, whose last line may quote a request, by the exception's type and place."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record."""
        error = record.exc_info[1] if record.exc_info else None
        if error:
            record.msg = f"{record.getMessage().strip()}: {type(error).__name__} at {where(error)}"
            record.args, record.exc_info, record.exc_text = (), None, None
        return True


def where(error: BaseException) -> str:
    """The innermost place of an exception, e.g. `ledger.py:120 in _add`."""
    frames = extract_tb(error.__traceback__)
    return (
        f"{Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else "an unknown place"
    )


def keep_personal_data_out(loggers: Iterable[str] = ("", "bentoml", "uvicorn.error")) -> None:
    """Filter every handler of the named loggers; the first name is the root."""
    filtering = WithoutPersonalData()
    for name in loggers:
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(filtering)
