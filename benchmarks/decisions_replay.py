"""Stored decisions made again by another process, bit for bit, and every flip they answered tried on a changed menu."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from benchmarks.decided_market import built, decide, say
from benchmarks.results import FILE, record
from configs.telemetry import prepare_process
from configs.workspace import Workspace
from decisioning.arbitration import Lever
from decisioning.changes import Inputs, first
from decisioning.flips import STEPS
from decisioning.menu import Menu
from pipelines import replay
from pipelines.session import Session, open_session
from pipelines.why import replayer_of
from serving.basis import Basis
from serving.ledger import Ledger, ledger_url, open_ledger

DECISIONS = 10_000
COMMAND = "make benchmark-decisions"
Told = dict[str, str | float | bool | None]  # a flip as it was answered


@dataclass
class Tried:
    """Flips that were answered: `done` of `feasible` do what they say, `least` of them by no smaller step."""

    feasible: int = 0
    done: int = 0
    least: int = 0
    infeasible: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


def main() -> None:
    """Decide, make again in a second process, and keep both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=DECISIONS)
    parser.add_argument("--results", type=Path, default=FILE)
    parser.add_argument(
        "--again", type=Path, help="make the decisions of this workspace again, and print what is found"
    )
    asked = parser.parse_args()
    prepare_process()
    if asked.again:
        print(json.dumps(_again(open_session(Workspace(asked.again)))))
        return
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        session = built(Path(folder))
        decide(session, asked.decisions)
        say(f"{time.perf_counter() - began:.0f} s; another process makes them again")
        words = [sys.executable, "-m", "benchmarks.decisions_replay", "--again", str(session.workspace.root)]
        found = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
    _keep_replay(found, asked.results)
    _keep_flips(found, asked.results)


def _keep_replay(found: dict[str, object], path: Path) -> None:
    decisions, identical = int(str(found["decisions"])), int(str(found["identical"]))
    note = (
        f"{identical:,} of {decisions:,} decisions in a simulated market made again by another process: "
        f"{found['arms']}; two policies (epsilon, Thompson), three sets of prices, four budgets, two response models; "
        f"{found['full']:,} explained in full; {found['seconds']} s"
    )
    _keep("decisions.replay_identical", identical / decisions, note, path)


def _keep_flips(found: dict[str, dict[str, object]], path: Path) -> None:
    tried = found["tried"]
    feasible, done = int(str(tried["feasible"])), int(str(tried["done"]))
    note = (
        f"{done:,} of {feasible:,} flips that {found['full']:,} stored decisions answered, each tried on a menu built "
        f"anew from the changed catalogue or policy; with one step less {tried['least']:,} are not done; "
        f"infeasible: {tried['infeasible']}"
    )
    _keep("decisions.flip_verified", done / feasible, note, path)


def _keep(figure: str, value: float, note: str, path: Path) -> None:
    record(figure, value, reach="== 1", note=note, command=COMMAND, path=path)
    print(f"{figure} {value:.6g}: {note}")


def _again(session: Session) -> dict[str, object]:
    began = time.perf_counter()
    found = replay.run(session, progress=_progress)
    seconds = round(time.perf_counter() - began)
    for one in (*found.first_differences, *found.gone):
        say(str(one))
    ledger = Ledger(open_ledger(ledger_url(session.workspace)))
    again = replayer_of(session, ledger).again
    arms, full, tried = Counter[str](), 0, Tried()
    for entry in replay.stored(ledger):
        arms[entry.arm] += 1
        explanation = json.loads(entry.response)["explanation"]
        if explanation is not None:
            full += 1
            try_flips(again(entry), explanation["flips"], tried)
    for failed in tried.failed[:5]:
        say(failed)
    return {
        "decisions": found.decisions,
        "identical": found.identical,
        "seconds": seconds,
        "arms": _counted(arms),
        "full": full,
        "tried": {**asdict(tried), "infeasible": _counted(tried.infeasible)},
    }


def try_flips(basis: Basis, flips: list[Told], tried: Tried) -> None:
    """Try every flip of a decision, and the step before it."""
    for flip in flips:
        if flip["change"] is None:
            tried.infeasible[str(flip["infeasible"]).partition(":")[0]] += 1
            continue
        tried.feasible += 1
        asked, then = (flip["offer_id"], flip["channel"]), (flip["then_offer_id"], flip["then_channel"])
        came, change = _first(basis, flip, float(flip["change"])), float(flip["change"])
        if came == then and (came == asked) is (flip["makes"] == "win"):
            tried.done += 1
        else:
            tried.failed.append(f"{basis.given.decision_id}: {flip} gives {came}")
        less = _less(change, STEPS[str(flip["of"])])
        tried.least += (_first(basis, flip, less) == asked) is not (flip["makes"] == "win")


def _less(change: float, steps: int) -> float:
    """One step nearer to none, on the grid of steps."""
    step = abs(change) * steps
    nearer = round(step) - 1 if abs(step - round(step)) < 1e-6 else int(step)
    return nearer / steps if change > 0 else -nearer / steps


def _first(basis: Basis, flip: Told, change: float) -> tuple[str | None, str | None]:
    """Who comes first where catalogue, policy or model say so much more."""
    listed = basis.decision.shortlist
    menu, p_accept = listed.menu, list(basis.p_accept or ())
    if flip["of"] == "p_accept":
        place = [one.key for one in listed.to_score].index((flip["offer_id"], flip["channel"]))
        p_accept[place] = min(1.0, max(0.0, p_accept[place] + change))
    elif flip["of"] == "lever":
        given = {name: flip[name] for name in ("offer_id", "channel") if flip[name] is not None}
        levers = (*menu.rules.levers, Lever(change, **given))  # type: ignore[arg-type]
        menu = Menu.of(menu.offers, replace(menu.rules, levers=levers), menu.prices)
    else:
        offers = [
            replace(one, cost=round(one.cost + change, 9)) if one.offer_id == flip["offer_id"] else one
            for one in menu.offers
        ]
        menu = Menu.of(offers, menu.rules, menu.prices)
    asked = Inputs(
        replace(listed, menu=menu), p_accept, basis.effects, basis.value_at_stake, basis.given.request.item_count
    )
    at = first(asked.decided())
    return (None, None) if at < 0 else menu.actions[at].key


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.most_common())


def _progress(what: str, number: int, total: int) -> None:
    if number % 1000 == 0:
        say(f"{what}: {number:,} of {total:,}")


if __name__ == "__main__":
    main()
