"""Our effects beside EconML's and causalml's in the simulated market: `python -m benchmarks.effects_peers`.

The peers are of the extra `peers`: `make benchmark-effects` installs them.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import process_time

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRegressor
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks import peers
from benchmarks.results import record
from benchmarks.targeting import at_random, best_first, ranked
from benchmarks.waves import Rows, informed, profit, rows_of, stack
from configs.effects import Acceptance
from configs.telemetry import prepare_process
from configs.training import EffectTraining
from pipelines.market import ACTIONS, Wave, wave
from training.effects.fit import Learned, learn, score

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]
CUSTOMERS, TRAINING = 60_000, 50_000  # the log, and others who are targeted
SEEDS = 5
BUDGET = 0.2
COPIES = 1  # actions that a control row stands for
SETTINGS = EffectTraining()
OURS, ORACLE, CEILING, NOISELESS = "ours", "oracle", "ceiling", "ours without noise"
COMMAND = "make benchmark-effects"
FAIR = (
    "Peers: EconML 0.17 and causalml 0.18 with LightGBM's scikit-learn wrapper as it comes (100 trees, 31 leaves), all "
    "actions as treatments of one fit, the true shares as propensities, the columns that our boosters see; not tuned. "
    "Ours: the defaults of effect training, on the same rows, each action by its kind, depth, cost and channel; it "
    "uses who accepted besides, which peers have no place for, and linear learners see logarithms of the columns. All "
    "learn the profit itself on one thread, in one process, and are asked for the best action of each customer"
)


@dataclass(frozen=True)
class Market:
    """A wave whose customers' first part is learned from; the rest, `held`, is where targeting earns its true profit.

    `true` (n, K) is the effect of every action on expected profit, which nobody sees.
    """

    made: Wave
    rows: Rows
    profit: Vector
    train: Index
    held: Index

    @property
    def true(self) -> Matrix:
        """The true effects of every action on the profit of the held-out customers."""
        return self.made.truth.profit[self.held]

    def log(self) -> peers.Arms:
        """The training rows as peers take them: the columns that our boosters see."""
        rows = self.rows.take(self.train)
        return peers.Arms(rows.z[:, rows.trees], rows.action, self.profit[self.train], rows.share)


def main() -> None:
    """Record the ratios of value and time to the best peer, and the share of the oracle's profit."""
    prepare_process()
    warnings.simplefilter("ignore")  # libraries' deprecations, once a fit
    with threadpool_limits(1):
        found = pd.concat([measure(seed) for seed in range(SEEDS)], ignore_index=True)
    for figure, (value, reach, note) in figures(found).items():
        record(f"effects.{figure}", round(value, 4), reach=reach, command=COMMAND, note=note)


def measure(seed: int) -> pd.DataFrame:
    """By targeting: the true profit per held-out customer at the budget, and the processor seconds of the fit."""
    market = _market(seed)
    tried = [_timed(name, fit, market) for name, fit in _learners().items()]
    given = [(name, value, np.nan) for name, value in _references(market).items()]
    table = pd.DataFrame([*tried, *given], columns=["who", "profit", "seconds"]).assign(seed=seed)
    shown = (table.profit / table.profit[table.who == ORACLE].item()).round(3)
    print(f"seed {seed}, of the oracle's: {dict(zip(table.who, shown, strict=True))}", file=sys.stderr, flush=True)
    return table


def figures(found: pd.DataFrame) -> Mapping[str, tuple[float, str, str]]:
    """The figures of `measure`'s rows of all seeds: value, what is asked, and the note."""
    mean = found.groupby("who", sort=False)[["profit", "seconds"]].mean()
    others = mean.drop(index=OURS).dropna()
    best, ours, oracle = others.profit.idxmax(), mean.loc[OURS], mean.profit[ORACLE]
    pairs = found.pivot_table(index="seed", columns="who", values="profit")
    difference = pairs[OURS] - pairs[best]
    shares = ", ".join(f"{who} {value / oracle:.3f}" for who, value in mean.profit.items() if who != ORACLE)
    seconds = ", ".join(f"{who} {value:.1f}" for who, value in mean.seconds.dropna().items())
    same = f"{SEEDS} seeds, {TRAINING:,} customers to learn from, {CUSTOMERS - TRAINING:,} others targeted"
    return {
        "peer_value_ratio": (
            ours.profit / others.profit[best],
            ">= 1.0",
            f"{same}; the best peer is {best}, ours earns {difference.mean():.3f} more a customer (standard error "
            f"over seeds {difference.sem():.3f}). {FAIR}",
        ),
        "peer_time_ratio": (
            ours.seconds / others.seconds[best],
            "<= 0.5",
            f"mean processor seconds of a fit on one thread: {seconds}; ours includes stacking, the whole menu, "
            "cross-fitting and the choice",
        ),
        "oracle_share": (
            ours.profit / oracle,
            ">= 0.7",
            f"shares of the oracle's {oracle:.3f} a customer: {shares}. Two things bound it. Some traits leave no "
            "trace: the ceiling is what boosters of the true effects themselves reach on these columns. And chance: "
            "without noise is what our learners reach where each profit is its expectation, all else the same",
        ),
    }


def _market(seed: int) -> Market:
    made = wave(CUSTOMERS, seed)
    train = np.arange(TRAINING)
    return Market(made, rows_of(made, train), profit(made.frame), train, np.arange(TRAINING, CUSTOMERS))


Fit = Callable[[Market], Callable[[], Matrix]]  # what is timed; then the effects of every action on the held-out


def _learners() -> dict[str, Fit]:
    return {OURS: _ours, **{name: _peer(fit) for name, fit in peers.learners().items()}}


def _timed(who: str, fit: Fit, market: Market) -> tuple[str, float, float]:
    began = process_time()
    effects = fit(market)
    seconds = process_time() - began
    return who, best_first(effects(), market.true, BUDGET), seconds


def _peer(fit: Callable[[peers.Arms], peers.Effects]) -> Fit:
    def fitted(market: Market) -> Callable[[], Matrix]:
        effects = fit(market.log())
        return lambda: effects(market.rows.z[market.held][:, market.rows.trees])

    return fitted


def _ours(market: Market) -> Callable[[], Matrix]:
    rows = market.rows.take(market.train)
    stacked = stack(rows, market.profit[market.train], "margin", folds=SETTINGS.folds, copies=COPIES, seed=0)
    contrast, acceptance = informed(stacked, rows)
    learned = learn(contrast, SETTINGS)
    return lambda: _effects(learned, acceptance, contrast.for_trees, market.rows, market.held)


def _effects(learned: Learned, acceptance: Acceptance, for_trees: Index, rows: Rows, held: Index) -> Matrix:
    """The uplift of every action, as it would be served."""
    effects = np.empty((len(held), len(ACTIONS)))
    for place in range(len(ACTIONS)):
        columns = acceptance.beside(rows.paired(held, np.full(len(held), place)))
        scores = score(learned.target, learned.boosters, columns, for_trees)
        effects[:, place], _, _ = learned.target.belief.uplift(scores)
    return effects


def _references(market: Market) -> Mapping[str, float]:
    """Oracle, ceiling, and what needs no effects: customers at risk, or at random, get the action best on average."""
    rows, train, held, true = market.rows, market.train, market.held, market.true
    x, action, earned = rows.z[:, rows.trees], rows.action, market.profit
    means = [earned[train][action[train] == arm].mean() for arm in range(len(ACTIONS) + 1)]
    best = int(np.argmax(means[1:]))
    control = train[action[train] == 0]
    left = 1 - market.made.frame.retention.to_numpy(np.float64)
    risk = LGBMClassifier(n_jobs=1, verbose=-1).fit(x[control], left[control]).predict_proba(x[held])[:, 1]
    return {
        ORACLE: best_first(true, true, BUDGET),
        CEILING: best_first(_seen(market), true, BUDGET),
        NOISELESS: best_first(_ours(_without_noise(market))(), true, BUDGET),
        "the riskiest": ranked(risk, true[:, best], BUDGET),
        "at random": at_random(true[:, best], BUDGET),
    }


def _without_noise(market: Market) -> Market:
    """The same log where everybody's profit is what was bound to come on average, not what chance made of it."""
    truth = market.made.truth
    under = np.column_stack([np.zeros(len(truth.margin)), truth.profit])
    return replace(market, profit=truth.margin + under[np.arange(len(under)), market.rows.action])


def _seen(market: Market) -> Matrix:
    """True effects as far as the columns tell them: learned from the true effects of the training customers."""
    x, truth = market.rows.z[:, market.rows.trees], market.made.truth.profit
    models = [LGBMRegressor(n_jobs=1, verbose=-1).fit(x[market.train], effect) for effect in truth[market.train].T]
    return np.column_stack([model.predict(x[market.held]) for model in models])


if __name__ == "__main__":
    main()
