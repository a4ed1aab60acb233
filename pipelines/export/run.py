"""`tenure export`: the ledger's decisions in a format that another tool reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from configs.errors import ConfigError
from pipelines.export import dsjson, open_bandit, parquet, pega
from pipelines.export.logged import Logged, logged
from pipelines.session import Session
from serving.ledger import ledger_url, open_ledger

Format = Literal["parquet", "obp", "dsjson", "pega"]
WRITERS: Mapping[Format, tuple[Callable[[list[Logged], Path], None], str]] = {
    "parquet": (parquet.write, ".parquet"),
    "obp": (open_bandit.write, ".npz"),
    "dsjson": (dsjson.write, ".json"),
    "pega": (pega.write, ".parquet"),
}
LONG_AGO = timedelta(days=36500)


@dataclass(frozen=True)
class Exported:
    """How many decisions were written, in which format, and where."""

    decisions: int
    format: Format
    path: Path


def run(session: Session, path: Path, kind: Format, *, since: datetime | None = None) -> Exported:
    """Write every decision of the ledger made after `since` to `path`.

    Raises ConfigError for a path that does not end as the format does, DataError for an empty ledger, StoreUnavailable.
    """
    write, suffix = WRITERS[kind]
    if path.suffix != suffix:
        raise ConfigError(f"{path}: ends in {path.suffix or 'nothing'}; {suffix} is allowed for {kind}")
    now = session.clock()
    engine = open_ledger(ledger_url(session.workspace))
    found = logged(engine, session.dataset.acceptance.kinds, after=since or now - LONG_AGO, until=now)
    write(found, path)
    return Exported(len(found), kind, path)
