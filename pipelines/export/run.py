"""`tenure export`: the ledger's decisions in a format that another tool reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from configs.errors import ConfigError
from pipelines.export import dsjson, open_bandit, parquet, pega
from pipelines.export.logged import Logged
from pipelines.export.reading import Asked, Reward, logged
from pipelines.session import Session
from serving.ledger import ledger_url, open_ledger

Format = Literal["parquet", "obp", "dsjson", "pega"]
WRITERS: Mapping[Format, tuple[Callable[[Iterable[Logged], Path], int], str]] = {
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
    reward: Reward


def run(
    session: Session,
    path: Path,
    kind: Format,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    reward: Reward = "acceptance",
) -> Exported:
    """Write every decision of the ledger made in (since, until] to `path`, with what came of it as `reward`.

    Raises ConfigError for a path that does not end as the format does, DataError where there is none or one cannot be
    exported so, StoreUnavailable.
    """
    write, suffix = WRITERS[kind]
    if path.suffix != suffix:
        raise ConfigError(f"{path}: ends in {path.suffix or 'nothing'}; {suffix} is allowed for {kind}")
    now = session.clock()
    asked = Asked(session.dataset.acceptance.kinds, since or now - LONG_AGO, until or now, reward)
    found = logged(open_ledger(ledger_url(session.workspace)), asked)
    return Exported(write(found, path), kind, path, reward)
