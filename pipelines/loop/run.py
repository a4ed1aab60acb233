"""The closed loop: Tenure and simpler policies live the same weeks of the same markets; what each earned is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t

from configs.loading import load
from configs.policy import DEFAULT, CapSettings, LeverSettings, Policy
from pipelines.loop.baselines import baselines
from pipelines.loop.company import CAP_WEEKS, Company, begin
from pipelines.loop.evidence import evidence
from pipelines.loop.oracle import oracle
from pipelines.loop.play import Played, play
from pipelines.loop.situation import Policy as Deciding
from pipelines.loop.tenure import Tenure
from pipelines.market.arrays import Vector
from pipelines.market.catalogue import CHANNELS
from pipelines.market.setting import Setting
from pipelines.market.truth import HORIZON_WEEKS
from pipelines.market.wide import WIDE

WORTH = 3.0  # what a contact must promise, for it keeps the customer from any other for CAP_WEEKS
OURS, ORACLE, NOTHING = "tenure", "oracle", "nothing"
LEVEL = 0.9
WEEKLY = ("profit", "spent", "contacts")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Loop:
    """How many customers, from which seeds, for how long, with how much money a week; judged from a week on.

    Before it lies a history with a campaign at random every eighth week, from which every policy learns.
    """

    customers: int = 4000
    seeds: tuple[int, ...] = (0,)
    weeks: int = 26
    budget: float = 125.0
    judged_from: int = 12  # weeks counted from 0: the thirteenth is the first
    relearn_weeks: int = 13
    history_weeks: int = 72


@dataclass(frozen=True)
class Lived:
    """What one policy came to in one market: profit, spend and contacts by week, and who stayed at the end.

    `retention` is the share, of those who were customers when the loop began, with a purchase or bill in the last
    eight weeks.
    """

    policy: str
    seed: int
    profit: Vector
    spent: Vector
    contacts: Vector
    retention: float

    def plain(self) -> dict[str, object]:
        """As JSON takes it."""
        arrays = {name: getattr(self, name).tolist() for name in WEEKLY}
        return {"policy": self.policy, "seed": self.seed, "retention": self.retention, **arrays}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Lived:
        """What `plain` gave."""
        return cls(**{**plain, **{name: np.asarray(plain[name], dtype=np.float64) for name in WEEKLY}})


@dataclass(frozen=True)
class Summary:
    """One policy over seeds, in the weeks judged. `share` is of the oracle's profit; regret is what is missing to 1.

    `gain` is the part of what the oracle earns more than nothing that this policy earns more. Ends are of 90% intervals
    over seeds, NaN for a single one.
    """

    policy: str
    profit: float
    spent: float
    contacts: float
    retention: float
    share: float
    share_low: float
    share_high: float
    gain: float


@dataclass(frozen=True)
class Looped:
    """All policies, and how far Tenure leads the best of the others but the oracle, as a share of its profit."""

    loop: Loop
    lived: tuple[Lived, ...]
    summaries: tuple[Summary, ...]
    best_other: str
    lead: float
    lead_low: float
    lead_high: float

    @property
    def regret(self) -> float:
        """1 - profit over the oracle's."""
        return 1.0 - next(one.share for one in self.summaries if one.policy == OURS)


def policy() -> Policy:
    """Tenure's policy in the loop: the shipped one on margin, under the contact rule that all policies keep.

    Levers hold every contact back by what it must promise at least.
    """
    cap = CapSettings(scope="any", max_contacts=1, window_days=7.0 * CAP_WEEKS)
    levers = tuple(LeverSettings.model_validate({"channel": channel, "amount": -WORTH}) for channel in CHANNELS)
    changed = {"caps": (cap,), "rests": (), "levers": levers}
    return load(DEFAULT.with_name("margin.yaml"), Policy).model_copy(update=changed)


def one_seed(loop: Loop, seed: int, folder: Path, progress: Progress = lambda _: None) -> list[Lived]:
    """Every policy in the market of `seed`; each has the same luck. Workspaces go under `folder`."""
    setting = Setting(loop.customers, loop.history_weeks + loop.weeks, seed, "randomised", (), WIDE)
    company = begin(setting, loop.history_weeks)
    known = evidence(company)
    found = []
    for name, deciding in baselines(known, seed).items():
        progress(f"seed {seed}: {name}")
        twin = company.fork(seed)
        found.append(_lived(name, seed, twin, deciding, loop))
    progress(f"seed {seed}: {ORACLE}")
    twin = company.fork(seed)
    found.append(_lived(ORACLE, seed, twin, oracle(twin), loop))
    twin = company.fork(seed)
    ours = Tenure(
        twin,
        setting,
        policy(),
        folder / f"seed_{seed}",
        seed=seed,
        relearn_weeks=loop.relearn_weeks,
        note=lambda said: progress(f"seed {seed}: {said}"),
    )
    found.append(_lived(OURS, seed, twin, ours, loop))
    return found


def judged(loop: Loop, lived: Sequence[Lived]) -> Looped:
    """What all that was lived comes to."""
    names = list(dict.fromkeys(one.policy for one in lived))
    profit = {name: np.array([_late(loop, one.profit) for one in lived if one.policy == name]) for name in names}
    others = [name for name in names if name not in (OURS, ORACLE)]
    best = max(others, key=lambda name: float(profit[name].mean()))
    lead = _interval((profit[OURS] - profit[best]) / profit[best])
    return Looped(
        loop,
        tuple(lived),
        tuple(_summary(loop, name, lived, profit) for name in names),
        best,
        lead[0],
        lead[1],
        lead[2],
    )


def _summary(loop: Loop, name: str, lived: Sequence[Lived], profit: dict[str, Vector]) -> Summary:
    own = [one for one in lived if one.policy == name]
    share = _interval(profit[name] / profit[ORACLE])
    most = (profit[ORACLE] - profit[NOTHING]).mean()
    return Summary(
        policy=name,
        profit=float(profit[name].mean()),
        spent=float(np.mean([_late(loop, one.spent) for one in own])),
        contacts=float(np.mean([_late(loop, one.contacts) for one in own])),
        retention=float(np.mean([one.retention for one in own])),
        share=share[0],
        share_low=share[1],
        share_high=share[2],
        gain=float((profit[name] - profit[NOTHING]).mean() / most),
    )


def _late(loop: Loop, weekly: Vector) -> float:
    return float(weekly[loop.judged_from :].sum())


def _interval(values: Vector) -> tuple[float, float, float]:
    """(mean, low, high) by Student's t over seeds."""
    if len(values) < 2:
        return float(values.mean()), float("nan"), float("nan")
    half = float(t.ppf(0.5 + LEVEL / 2, len(values) - 1) * values.std(ddof=1) / sqrt(len(values)))
    return float(values.mean()), float(values.mean()) - half, float(values.mean()) + half


def _lived(name: str, seed: int, company: Company, deciding: Deciding, loop: Loop) -> Lived:
    there = company.known()
    found: Played = play(company, deciding, weeks=loop.weeks, budget=loop.budget)
    last = company.weeks[-HORIZON_WEEKS:]
    stayed = np.any([(week.purchases > 0) | week.billed for week in last], axis=0)
    contacts = found.contacts.astype(np.float64)
    return Lived(name, seed, found.profit, found.spent, contacts, float(stayed[there].mean()))
