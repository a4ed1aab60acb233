"""`tenure simulate`: a market whose truth is known, as the files of a company."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from configs.errors import ConfigError, StoreUnavailable
from pipelines.market.climate import DRIFTS, Drift, DriftKind
from pipelines.market.company import MAPPING, README, Written, write
from pipelines.market.living import campaign_weeks
from pipelines.market.logs import LOGS, LogKind
from pipelines.market.setting import Setting

BOTH = "both"
MOST_CUSTOMERS, LEAST_WEEKS, MOST_WEEKS = 1_000_000, 9, 520


@dataclass(frozen=True)
class Simulated:
    """What was written, or with a dry run what would be: the folders, one per log, and what is in each."""

    out: Path
    settings: tuple[Setting, ...]
    written: tuple[Written, ...]
    campaigns: tuple[int, ...]  # the weeks at whose beginning they are made

    @property
    def mappings(self) -> tuple[Path, ...]:
        """The mappings to ingest."""
        return tuple(folder / MAPPING for folder in folders(self.out, self.settings))


def run(
    out: Path,
    *,
    customers: int,
    weeks: int = 52,
    seed: int = 0,
    log: str = "randomised",
    drifts: Sequence[str] = (),
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Simulated:
    """Simulate into `out`: one folder with everything, or with log `both` one folder per log in it.

    A drift is KIND@WEEK. Raises ConfigError naming every bad setting at once, or an `out` that is not empty, and
    StoreUnavailable where `out` cannot be written.
    """
    settings = _settings(customers, weeks, seed, log, drifts)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out}: not an empty folder; give another, or empty it")
    written: list[Written] = []
    for setting, folder in zip(settings, folders(out, settings), strict=True):
        if not dry_run:
            _make(folder)
            written.append(write(setting, folder, progress))
            (folder / README).write_text(_readme(setting, written[-1]), encoding="utf-8")
    return Simulated(out, settings, tuple(written), tuple(campaign_weeks(weeks)))


def folders(out: Path, settings: Sequence[Setting]) -> tuple[Path, ...]:
    """Where each setting's market goes."""
    return (out,) if len(settings) == 1 else tuple(out / setting.log for setting in settings)


def _settings(customers: int, weeks: int, seed: int, log: str, drifts: Sequence[str]) -> tuple[Setting, ...]:
    problems = []
    if not 1 <= customers <= MOST_CUSTOMERS:
        problems.append(f"customers: {customers} given, 1 to {MOST_CUSTOMERS:,} allowed")
    if not LEAST_WEEKS <= weeks <= MOST_WEEKS:
        problems.append(f"weeks: {weeks} given, {LEAST_WEEKS} to {MOST_WEEKS} allowed; the first campaign is in week 8")
    if seed < 0:
        problems.append(f"seed: {seed} given, 0 or more allowed")
    logs = _logs(log, problems)
    found = tuple(drift for text in drifts if (drift := _drift(text, weeks, problems)))
    if problems:
        raise ConfigError("no such market", details=problems)
    return tuple(Setting(customers, weeks, seed, kind, found) for kind in logs)


def _logs(log: str, problems: list[str]) -> tuple[LogKind, ...]:
    if log == BOTH:
        return LOGS
    found = tuple(kind for kind in LOGS if kind == log)
    if not found:
        problems.append(f"log: {log!r} given, {', '.join(LOGS)} or {BOTH} allowed")
    return found


def _drift(text: str, weeks: int, problems: list[str]) -> Drift | None:
    name, _, when = text.partition("@")
    kinds: list[DriftKind] = [kind for kind in DRIFTS if kind == name]
    if not kinds or not when.isdecimal():
        problems.append(
            f"drift: {text!r} given; KIND@WEEK with one of {', '.join(DRIFTS)}, such as concept@44, allowed"
        )
        return None
    if int(when) >= weeks:
        problems.append(f"drift: {text!r} given, but the last week is {weeks - 1}")
        return None
    return Drift(kinds[0], int(when))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / README).touch()
    except OSError as error:
        raise StoreUnavailable(f"{folder} cannot be written: {error.strerror}") from error


def _readme(setting: Setting, written: Written) -> str:
    drifts = ", ".join(f"{drift.kind} from week {drift.week}" for drift in setting.drifts) or "none"
    rows = "\n".join(f"| `{name}` | {count:,} |" for name, count in sorted(written.rows.items()))
    kinds = ", ".join(f"{count:,} {name}" for name, count in written.classes.items())
    return _TEXT.format(setting=setting, drifts=drifts, rows=rows, kinds=kinds, profit=written.oracle_profit)


_TEXT = """# A simulated market

{setting.customers:,} customers, {setting.weeks} weeks from 2024-01-01, seed {setting.seed}, {setting.log} log; drifts:
{drifts}. Nobody in it exists. The formulas are in Tenure's `docs/simulated-market.md`.

Read it with `tenure ingest` and the path of `dataset.yaml` here; the mapping holds the folder's place, so write it anew
(or edit `sources`) when the folder moves.

| file | rows |
|---|---|
{rows}

`truth/treatments.parquet` is the one thing no company has. It holds, for each treatment and control, what was bound to
follow on average over eight weeks: `retention` and `margin` untreated, `retention|ACTION`, `margin|ACTION`,
`accepted|ACTION` and `profit|ACTION` under every action (an offer and a channel), `true_propensity`, the oracle's
action and profit, and the customer's class. Profit is the margin an action adds, less its cost if accepted, less the
contact's.

Of all treatments: {kinds}. The oracle earns {profit:.2f} per customer and campaign.
"""
