"""A wave of the simulated market as learners take it: a matrix for peers, a stacked contrast for ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.effects import Acceptance
from features.encoding import Encoder, from_frame
from pipelines.market import ACTIONS, OFFERS, Wave
from training.columns import fit_columns, fit_sources
from training.effects import acceptance
from training.effects.contrast import Contrast, fold_of

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]
MIN_LEVEL_ROWS = 30
ACTION_TABLE = pd.DataFrame(
    {
        "offer_kind": [OFFERS[action.offer].kind for action in ACTIONS],
        "offers__depth": [OFFERS[action.offer].depth for action in ACTIONS],
        "offers__cost": [action.cost for action in ACTIONS],
        "channel": [action.channel_name for action in ACTIONS],
    }
)


@dataclass(frozen=True)
class Rows:
    """n customers of a wave. `z` is what was known of them, `trees` the columns of z that boosters see.

    `action` is 0 for control, then the place in ACTIONS and one more. `of_action` (K, columns) describes the actions,
    `of_action_trees` are those columns of it that boosters see, `levels` those that tell kinds and channels. `accepted`
    is NaN for control.
    """

    customer_ids: pd.Series[str]
    z: Matrix
    trees: Index
    action: Index
    of_action: Matrix
    of_action_trees: Index
    levels: Index
    accepted: Vector

    def take(self, index: Index) -> Rows:
        """The same on some of the rows."""
        return replace(
            self,
            customer_ids=self.customer_ids.iloc[index],
            z=self.z[index],
            action=self.action[index],
            accepted=self.accepted[index],
        )

    @property
    def share(self) -> Vector:
        """How large a share of the rows each arm has, control first, then ACTIONS."""
        return np.bincount(self.action, minlength=len(ACTIONS) + 1) / len(self.action)

    @property
    def both_trees(self) -> Index:
        """The columns of `paired` that boosters see."""
        return np.concatenate([self.trees, self.z.shape[1] + self.of_action_trees])

    def paired(self, rows: Index, actions: Index) -> Matrix:
        """Columns of customer and action, for each of `rows` with the action (place in ACTIONS) beside it."""
        return np.hstack([self.z[rows], self.of_action[actions]])


def rows_of(made: Wave, train: Index) -> Rows:
    """The customers of a wave, encoded by what the rows `train` show."""
    sources = fit_sources(made.frame.iloc[train], made.features)
    columns = fit_columns(sources, from_frame(sources, made.frame.iloc[train]), MIN_LEVEL_ROWS)
    customers = Encoder(columns)
    of_action, of_action_trees, levels = _actions()
    return Rows(
        made.frame.customer_id,
        customers(from_frame(sources, made.frame)),
        customers.for_trees,
        arms(made.frame),
        of_action,
        of_action_trees,
        levels,
        made.frame.accepted.to_numpy(np.float64),
    )


def arms(frame: pd.DataFrame) -> Index:
    """What each row got: 0 for control, then the place in ACTIONS and one more."""
    places = {(action.offer_id, action.channel_name): place for place, action in enumerate(ACTIONS, start=1)}
    return np.array([places.get(made, 0) for made in zip(frame.offer_id, frame.channel, strict=True)], np.intp)


def profit(frame: pd.DataFrame) -> Vector:
    """What each row earned, in currency: margin less what was paid for an acceptance and for the contact."""
    earned = frame.margin - frame.cost * frame.accepted.fillna(0.0) - frame.contact_cost
    return earned.to_numpy(np.float64)


@dataclass(frozen=True)
class Stacked:
    """A contrast, and where its rows come from: `row` (m,) of the customers, `action` (m,) the place in ACTIONS."""

    contrast: Contrast
    row: Index
    action: Index


def stack(
    rows: Rows, outcome: Vector, target: Literal["retention", "margin"], *, folds: int, copies: int, seed: int
) -> Stacked:
    """Treated rows, and every control row for `copies` different actions drawn with the chances they were made with."""
    made = np.flatnonzero(rows.action)
    control = np.flatnonzero(rows.action == 0)
    chance = rows.share[1:] / rows.share[1:].sum()
    drawn = _drawn(chance, len(control), copies, np.random.default_rng(seed))
    row = np.concatenate([made, np.repeat(control, copies)])
    action = np.concatenate([rows.action[made] - 1, drawn.ravel()])
    treated = (np.arange(len(row)) < len(made)).astype(np.float64)
    contrast = Contrast(
        target=target,
        z=rows.paired(row, action),
        for_trees=rows.both_trees,
        treated=treated,
        outcome=outcome[row],
        share=np.full(len(row), 1.0 - rows.share[0]),
        weight=np.where(treated == 1, 1.0, 1.0 / copies),
        group=row,
        fold=fold_of(rows.customer_ids, folds)[row],
        of_action=np.arange(rows.z.shape[1], rows.z.shape[1] + rows.of_action.shape[1]),
    )
    return Stacked(contrast, row, action)


def _drawn(chance: Vector, rows: int, copies: int, rng: np.random.Generator) -> Index:
    """`copies` different actions a row, likelier ones first to be drawn: the largest of exponential races."""
    return np.argsort(rng.exponential(size=(rows, len(chance))) / chance, axis=1)[:, :copies].astype(np.intp)


def informed(stacked: Stacked, rows: Rows) -> tuple[Contrast, Acceptance]:
    """The contrast with what acceptance tells beside its columns, as training has it, and that acceptance."""
    contrast, width = stacked.contrast, rows.z.shape[1]
    known = np.where(contrast.treated == 1, rows.accepted[stacked.row], np.nan)
    levels, products = tuple((width + rows.levels).tolist()), tuple(range(width))
    found = acceptance.learn(contrast.z, known, contrast.fold, contrast.folds, levels=levels, products=products)
    if found is None:
        raise ValueError("nobody's acceptance can be learned from this wave")
    columns = found.beside(contrast.z, contrast.fold)
    own = np.arange(contrast.z.shape[1], columns.shape[1])
    seen = np.append(contrast.for_trees, own[0])
    measured = np.setdiff1d(contrast.of_action, levels).astype(np.intp)
    of_both = np.concatenate([measured, own])
    contrast = replace(contrast, of_action=np.array(levels, np.intp), of_both=of_both, dose=int(own[0]))
    return replace(contrast, z=columns, for_trees=seen), found


def _actions() -> tuple[Matrix, Index, Index]:
    sources = fit_sources(ACTION_TABLE, list(ACTION_TABLE))
    matrix = from_frame(sources, ACTION_TABLE)
    columns = fit_columns(sources, matrix, min_level_rows=1)
    encoder = Encoder(columns)
    levels = np.flatnonzero([column.op == "level" for column in columns])
    return encoder(matrix), encoder.for_trees, levels
