"""Whether reports are quiet where nothing changed and name what did, and how near estimated performance comes.

Companies of simulated markets learn from two years and are monitored for twenty weeks (`benchmarks.monitored_market`).
Then each goes through weeks in which one thing changes:

- covariate: others come than before; what follows from who they are stays.
- concept: one in ten customers without a contract leaves at once, whatever their past.
- feed: a source stops, empties, freezes or changes its unit; customers stay as they are.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.market_changes import CONCEPT, COVARIATE, FEEDS
from benchmarks.monitored_market import Company, decide, elsewhere, founded, report, score
from benchmarks.results import FILE, record
from configs.telemetry import prepare_process
from monitoring.data.findings import told
from monitoring.run import MonitorReport

COMMAND = "make benchmark-reports"
CUSTOMERS, HISTORY, WEEKS, DECISIONS = 6_000, 96, 20, 800
SEEDS = (0, 1)
HORIZON, PATIENCE = 8, 3  # weeks until outcomes are known, and windows waited for a finding
LEFT_WEEK = 4  # at whose end some leave
LARGE, LARGE_SEED, LARGE_WEEKS, LARGE_DAYS = 24_000, 2, 4, 56


@dataclass(frozen=True)
class Week:
    """One undrifted week: the findings that need action, and the columns that drifted."""

    seed: int
    week: int
    acting: tuple[str, ...]
    drifted: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """After how many windows a change was named rightly, PATIENCE + 1 where it was not, and at what level."""

    figure: str
    what: str
    seed: int
    windows: int
    level: str


def acting(made: MonitorReport, page: str = "") -> tuple[str, ...]:
    """What needs action, of a page or of all."""
    return tuple(one.what for one in made.verdict.findings if one.level == "act" and one.page.startswith(page))


def company(root: Path, seed: int) -> Company:
    """A company that has scored everybody in its twenty weeks."""
    made = founded(root / f"company-{seed}", customers=CUSTOMERS, history=HISTORY, weeks=WEEKS, seed=seed)
    score(made, range(WEEKS + 1))
    return made


def quiet(root: Path, made: Company) -> list[Week]:
    """Twenty weeks in which nothing changed."""
    same, found = elsewhere(made, root / f"quiet-{made.seed}"), []
    for week in range(1, WEEKS + 1):
        decide(same, week, DECISIONS)
        said = report(same, week)
        drifted = tuple(column.name for column in said.facts.drift.drifted)
        found.append(Week(made.seed, week, acting(said), drifted))
    return found


def others_come(root: Path, made: Company, what: str) -> Named:
    """Weeks in which others come."""
    column, weights = COVARIATE[what]
    there = elsewhere(made, root / f"covariate-{made.seed}-{what}")
    for week in range(1, PATIENCE + 1):
        decide(there, week, DECISIONS, weights)
        said = report(there, week)
        names = {one.name for one in said.facts.drift.drifted}
        if column in names and not acting(said, "data") and not acting(said, "predictions"):
            return Named("covariate", what, made.seed, week, _level(said, "drift"))
    return Named("covariate", what, made.seed, PATIENCE + 1, "")


def leave_at_once(root: Path, made: Company) -> Named:
    """Weeks at whose end it is known what came of predictions made just before some left, for no reason on record."""
    tables = {name: text.replace("{at}", made.at(LEFT_WEEK).isoformat()) for name, text in CONCEPT.items()}
    there = elsewhere(made, root / f"concept-{made.seed}", tables)
    score(there, range(1, LEFT_WEEK + HORIZON + PATIENCE))
    for window in range(1, PATIENCE + 1):
        week = LEFT_WEEK + HORIZON + window - 1
        decide(there, week, DECISIONS)
        said = report(there, week)
        if acting(said, "predictions") and not acting(said, "drift") and not acting(said, "data"):
            return Named("concept", "some leave at once", made.seed, window, _level(said, "predictions"))
    return Named("concept", "some leave at once", made.seed, PATIENCE + 1, "")


def breaks(root: Path, made: Company, what: str) -> Named:
    """Weeks in which a source is broken."""
    feed = FEEDS[what]
    tables = {name: text.replace("{at}", made.at(0).isoformat()) for name, text in feed.tables.items()}
    there = elsewhere(made, root / f"feed-{made.seed}-{what}", tables)
    for week in range(1, PATIENCE + 1):
        score(there, [week])
        decide(there, week, DECISIONS)
        said = report(there, week)
        quality = said.facts.quality
        named = [told(fault) for fault in quality.feeds] + [one.name for one in quality.columns if one.broken]
        mistaken = {one.name for one in said.facts.drift.drifted if one.name.split("__")[0] in feed.views}
        if any(name.startswith(feed.named) for name in named) and not mistaken and not acting(said, "drift"):
            return Named("feed", what, made.seed, week, _level(said, "data"))
    return Named("feed", what, made.seed, PATIENCE + 1, "")


def _level(said: MonitorReport, page: str) -> str:
    return next((one.level for one in said.verdict.findings if one.page.startswith(page)), "")


def estimated(root: Path) -> list[tuple[int, float, float]]:
    """Of weeks of a large company whose outcomes are known: customers, the AUC estimated and the one realised."""
    made = founded(
        root / "large",
        customers=LARGE,
        history=HISTORY,
        weeks=WEEKS,
        seed=LARGE_SEED,
        every_days=LARGE_DAYS,
        models=("churn",),
    )
    weeks = [1 + 3 * number for number in range(LARGE_WEEKS)]
    score(made, weeks)
    told = report(made, weeks[-1] + HORIZON).facts.performance.windows
    return [(one.customers, one.estimated.value, one.realised.value) for one in told if one.realised]


def main() -> None:
    """Record the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--results", type=Path, default=FILE)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    given = asked.parse_args()
    prepare_process()
    began = perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(given.processes, multiprocessing.get_context("spawn")) as pool,
    ):
        root = Path(folder)
        large = pool.submit(estimated, root)
        companies = [pool.submit(company, root, seed) for seed in given.seeds]
        made = [one.result() for one in companies]
        weeks = [pool.submit(quiet, root, one) for one in made]
        changes = [pool.submit(leave_at_once, root, one) for one in made]
        changes += [pool.submit(others_come, root, one, what) for one in made for what in COVARIATE]
        changes += [pool.submit(breaks, root, one, what) for one in made for what in FEEDS]
        undrifted = [week for one in weeks for week in one.result()]
        named, spans = [one.result() for one in changes], large.result()
    took = f"{perf_counter() - began:.0f} s on {given.processes} processes"
    tell(given.results, "quiet_runs", share_quiet(undrifted), ">= .9", f"{said_of_quiet(undrifted)}; {took}")
    for figure, most in (("covariate", 1), ("concept", 2), ("feed", 1)):
        these = [one for one in named if one.figure == figure]
        worst = max(one.windows for one in these)
        tell(given.results, f"detect_{figure}", worst, f"<= {most}", said_of_changes(these, undrifted))
    error = float(np.mean([abs(expected - came) for _, expected, came in spans]))
    tell(given.results, "estimated_auc_error", error, "<= .01", said_of_spans(spans))


def share_quiet(weeks: Sequence[Week]) -> float:
    """The share of weeks in which nothing needed action."""
    return float(np.mean([not one.acting for one in weeks]))


def said_of_quiet(weeks: Sequence[Week]) -> str:
    """How the weeks went, company by company."""
    seeds = sorted({one.seed for one in weeks})
    by_seed = [[one for one in weeks if one.seed == seed] for seed in seeds]
    shares = ", ".join(f"{sum(not one.acting for one in these)} of {len(these)}" for these in by_seed)
    whole = sum(all(not one.acting for one in these) for these in by_seed)
    alarms = sorted({what for one in weeks for what in one.acting})
    drifted = sum(bool(one.drifted) for one in weeks)
    return (
        f"a run is `tenure monitor` on one undrifted week of {DECISIONS:,} decisions; an alert is any finding that "
        f"needs action (exit code 1), of drift, data, predictions, skew or policy. {WEEKS} consecutive weeks of each "
        f"of {len(seeds)} companies (seeds {', '.join(map(str, seeds))}) of {CUSTOMERS:,} customers, trained on "
        f"{HISTORY} weeks: quiet {shares}; {whole} of {len(seeds)} companies quiet in all weeks; alerts a week "
        f"{1 - share_quiet(weeks):.3f}{': ' + ', '.join(alarms) if alarms else ''}; weeks in which any column was "
        f"called drifted, to watch or to act on: {drifted} of {len(weeks)}"
    )


def said_of_changes(named: Sequence[Named], weeks: Sequence[Week]) -> str:
    """After how many windows each change was named, and what else could have been mistaken for it."""
    kinds = dict.fromkeys(one.what for one in named)
    each = "; ".join(
        f"{kind}: " + ", ".join(f"{one.windows} ({one.level or 'not named'})" for one in named if one.what == kind)
        for kind in kinds
    )
    companies, figure = len({one.seed for one in named}), named[0].figure
    mistaken = f"; the moved columns were called drifted in {_mistaken(weeks)} of {len(weeks)} undrifted weeks"
    return (
        f"the worst of {len(kinds)} kinds in {companies} companies; windows (level) by kind: {each}. "
        f"{_MEANT[figure]}{mistaken if figure == 'covariate' else ''}"
    )


def _mistaken(weeks: Sequence[Week]) -> int:
    moved = {column for column, _ in COVARIATE.values()}
    return sum(bool(moved & set(one.drifted)) for one in weeks)


_MEANT = {
    "covariate": (
        "Six times as many come of those under 35, those from deals sites, those silent for two weeks, from the first "
        f"window on ({DECISIONS:,} decisions a week). Named rightly: Drift names the very column, and neither Data nor "
        "Predictions needs action"
    ),
    "concept": (
        f"One in ten customers without a contract leaves at once at the end of week {LEFT_WEEK}, whatever their past. "
        "Windows are weeks of predictions that it proved wrong and whose outcomes are known: a lapse takes "
        f"{HORIZON} weeks to be known, so window 1 is told in week {LEFT_WEEK + HORIZON}, and no label can tell it "
        "sooner. Named rightly: Predictions need action, neither Drift nor Data does"
    ),
    "feed": (
        "Named rightly: Data needs action and names the source or the input, and no input that rests on it, nor the "
        "risks, are called a drift that needs action"
    ),
}


def said_of_spans(spans: Sequence[tuple[int, float, float]]) -> str:
    """Both AUCs of every week."""
    each = "; ".join(f"{expected:.4f} and {came:.4f}" for _, expected, came in spans)
    return (
        f"mean absolute difference over {len(spans)} weeks, three apart, of a company of {LARGE:,} customers (seed "
        f"{LARGE_SEED}), {min(rows for rows, *_ in spans):,} or more at risk in each, no concept drift: estimated and "
        f"realised {each}"
    )


def tell(path: Path, name: str, value: float, reach: str, note: str) -> None:
    """Record a figure and print it."""
    record(f"reports.{name}", round(value, 4), reach=reach, note=note, command=COMMAND, path=path)
    print(f"reports.{name} {value:.4f}: {note}", flush=True)


if __name__ == "__main__":
    main()
