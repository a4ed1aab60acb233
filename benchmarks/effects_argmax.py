"""Hillstrom: what a policy that picks the best of three arms by estimate is said to bring, and what it brings.

Whoever takes the largest of several guesses takes their luck with it: what models expect of that policy is far too
much. The product reports cross-fitted DR on the rows learned from; here it is held against DR on rows never seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.model_selection import StratifiedKFold

from benchmarks.hillstrom import ARMS, as_log, encoded, read, to_all
from benchmarks.results import record
from configs.training import EffectTraining
from decisioning.estimates import Estimate
from decisioning.off_policy import compare, evaluate
from training.effects.belief import believe_by_fold
from training.effects.contrast import Contrast, fold_of
from training.effects.fit import learn, score

Matrix = NDArray[np.float64]
Index = NDArray[np.intp]
COMMAND = "make benchmark-effects"
SEEDS, PARTS = 5, 3
RIDGE = 1000.0  # of what is expected without an e-mail: spend is rare and heavy-tailed
SETTINGS = EffectTraining()


@dataclass(frozen=True)
class Judged:
    """The argmax policy of one split: `reported` on the train part, `direct` by its models, `held_out` on the test."""

    reported: Estimate
    direct: float
    held_out: Estimate
    to_mens: Estimate


def main() -> None:
    """Record the reported value over the held-out one, and print whether the policy differs from mens to all."""
    rows = read()
    found = [judge(*parts) for seed in range(SEEDS) for parts in thirds(rows, seed)]
    held_out = _mean([one.held_out for one in found])
    print(*map(words, found), sep="\n")
    same = sum(not one.to_mens.differs for one in found)
    to_mens = _mean([one.to_mens for one in found])
    print(f"not different from mens to all in {same} of {len(found)} held-out thirds; mean difference {to_mens:+.3f}")
    record(
        "effects.argmax_overstatement",
        round(_mean([one.reported for one in found]) / held_out, 3),
        reach="in 0.9 to 1.1",
        note=f"mean spend by cross-fitted DR on two thirds over DR on the third held out, {SEEDS} x {PARTS} times; the "
        f"models' own expectation is {np.mean([one.direct for one in found]) / held_out:.2f} of it; not different from "
        f"mens to all in {same} of {len(found)}, mean difference {to_mens:+.3f} on {held_out:.3f}",
        command=COMMAND,
    )


def thirds(rows: pd.DataFrame, seed: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """(train, test) by arm and visit, each third held out once."""
    parts = StratifiedKFold(PARTS, shuffle=True, random_state=seed)
    for train, test in parts.split(rows, rows.segment + rows.visit.astype(str)):
        yield rows.iloc[train], rows.iloc[test]


def judge(train: pd.DataFrame, test: pd.DataFrame) -> Judged:
    """Learn the e-mails' effects on spend from `train` and judge the best arm by estimate on both parts."""
    z, z_test, for_trees = encoded(train, test)
    fold = fold_of(train.customer_id, SETTINGS.folds)
    held, unseen = [_without(train, z, fold, z, fold)], [_without(train, z, fold, z_test, None)]
    for name in ("mens", "womens"):
        on_train, on_test = _effects(train, z, z_test, for_trees, fold, name)
        held.append(held[0] + on_train)
        unseen.append(unseen[0] + on_test)
    log, log_test = (
        as_log(part, "spend", np.column_stack(columns)) for part, columns in ((train, held), (test, unseen))
    )
    inside = evaluate(log, argmax(held))
    if inside.direct is None:
        raise ValueError(f"refused: {inside.refused}")
    best = argmax(unseen)
    return Judged(
        reported=inside.answer,
        direct=inside.direct.value,
        held_out=evaluate(log_test, best).answer,
        to_mens=compare(log_test, best, to_all("mens", len(test))).answer,
    )


def argmax(expected: Sequence[NDArray[np.float64]]) -> Matrix:
    """The policy that gives each the arm of which most is expected."""
    return np.eye(len(ARMS))[np.argmax(np.column_stack(expected), axis=1)]


def words(one: Judged) -> str:
    """The difference to mens to all on held-out rows, and whether it is shown."""
    found = one.to_mens
    shown = f"worth {'more' if found.value > 0 else 'less'} than" if found.differs else "not different from"
    return (
        f"argmax is {shown} mens to all: {found.value:+.3f} (95%: {found.low:+.3f} to {found.high:+.3f}); "
        f"reported {one.reported.value:.3f}, held out {one.held_out.value:.3f}, by models alone {one.direct:.3f}"
    )


def _without(train: pd.DataFrame, z: Matrix, fold: Index, asked: Matrix, asked_fold: Index | None) -> Matrix:
    """Spend expected without an e-mail, by ridges that have not seen the customer; their mean on rows of no fold."""
    none, spend = (train.segment == ARMS["none"]).to_numpy(), train.spend.to_numpy(np.float64)
    by_fold = []
    for own in range(SETTINGS.folds):
        teaches = none & (fold != own)
        by_fold.append(Ridge(RIDGE).fit(z[teaches], spend[teaches]).predict(asked))
    table = np.column_stack(by_fold)
    return table.mean(axis=1) if asked_fold is None else table[np.arange(len(table)), asked_fold]


def _effects(
    train: pd.DataFrame, z: Matrix, z_test: Matrix, for_trees: Index, fold: Index, name: str
) -> tuple[Matrix, Matrix]:
    """The effect of one e-mail on spend: on `train` by members blind to the customer, on the test by all of them."""
    rows = train.segment.isin([ARMS[name], ARMS["none"]]).to_numpy()
    treated = (train.segment == ARMS[name]).to_numpy(np.float64)[rows]
    contrast = Contrast(
        target="margin",
        z=z[rows],
        for_trees=for_trees,
        treated=treated,
        outcome=train.spend.to_numpy(np.float64)[rows],
        share=np.full(len(treated), treated.mean()),
        weight=np.ones(len(treated)),
        group=np.arange(len(treated)),
        fold=fold[rows],
    )
    learned = learn(contrast, SETTINGS)
    target, boosters = learned.target, learned.boosters
    scores, on_train = score(target, boosters, z, for_trees, fold), np.empty(len(z))
    # What is believed of a customer's score must not come from his own spend either.
    for own, belief in enumerate(believe_by_fold(learned.scores, learned.gains, contrast)):
        on_train[fold == own], _, _ = belief.uplift(scores[fold == own])
    on_test, _, _ = target.belief.uplift(score(target, boosters, z_test, for_trees))
    return on_train, on_test


def _mean(estimates: Sequence[Estimate]) -> float:
    return float(np.mean([one.value for one in estimates]))


if __name__ == "__main__":
    main()
