"""Sums of rows by fold, from which a penalised regression is one solve, whatever fold is left out.

With t 1 for a treated row and 0 for another, and c the same around its mean, a row is expected to be
    b . x + c d . x + t (e . w + sum over action columns o of o m_o . x)
where x are a one and the columns of the customer, w those of customer and action together. What multiplies x and w is
the same for all rows of a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve

from training.effects.contrast import Contrast, Index, Matrix, Vector

RIDGE = 30.0  # on main effects, in units of the residual variance


@dataclass(frozen=True)
class Penalty:
    """On what effects depend on: `stronger` on d and e, `crossed` on the m_o; in units of the residual variance."""

    stronger: float
    crossed: float


@dataclass(frozen=True)
class Sums:
    """Of one working regression, by fold: `grams` (folds, m, m) and `moments` (folds, m)."""

    grams: Matrix
    moments: Matrix


@dataclass(frozen=True)
class Parts:
    """Coefficients by fold: `main`, `effect` (folds, q), of x; `both` (folds, r), of w; `crossed` (folds, o, q)."""

    main: Matrix
    effect: Matrix
    both: Matrix
    crossed: Matrix


class Blocks:
    """Rows sorted by fold, arm and action: those of a block share all but the columns of their customers.

    Without `arms`, treatment is left out: t and c are 1, and there is no b.
    """

    def __init__(self, contrast: Contrast, *, arms: bool = True) -> None:
        self.folds, self._arms = contrast.folds, arms
        treated = contrast.treated if arms else np.ones(len(contrast.treated))
        made = contrast.z[:, contrast.of_action] * treated[:, None]
        sketch = made @ np.sqrt(np.arange(2.0, 2 + made.shape[1]))  # tells actions apart, faster than by rows
        _, first, pattern = np.unique(sketch, return_index=True, return_inverse=True)
        key = (contrast.fold * 2 + treated.astype(np.intp)) * len(first) + pattern
        self.order: Index = np.argsort(key, kind="stable")
        present, starts = np.unique(key[self.order], return_index=True)
        self._slices = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(key)], strict=True)]
        self._fold_of_block = present // (2 * len(first))
        self._place(contrast, present // len(first) % 2, made[first][present % len(first)])
        columns = np.concatenate([contrast.of_customer, contrast.of_both])
        self._rows = np.column_stack([np.ones(len(key)), contrast.z[:, columns]])[self.order]

    def _place(self, contrast: Contrast, treated: Index, actions: Matrix) -> None:
        """What multiplies columns in each block (blocks, functions), the columns each multiplies, and where it is."""
        x, w = (
            np.arange(1 + len(contrast.of_customer)),
            1 + len(contrast.of_customer) + np.arange(len(contrast.of_both)),
        )
        one, code = np.ones(len(treated)), contrast.code_untreated + treated
        first = [one, code] if self._arms else [one]
        self._functions = np.column_stack([*first, treated, actions])
        self._columns = [*([x] * len(first)), w, *([x] * actions.shape[1])]
        ends = np.cumsum([len(own) for own in self._columns])
        self._spans = [slice(end - len(own), end) for end, own in zip(ends, self._columns, strict=True)]
        self.size = int(ends[-1])

    def sums(self, weight: Vector, working: Vector) -> Sums:
        """Of a weighted regression of `working`, both in the order of the blocks."""
        width = self._rows.shape[1]
        squares, moments = np.empty((len(self._slices), width, width)), np.empty((len(self._slices), width))
        for at, rows in enumerate(self._slices):
            weighted = self._rows[rows] * weight[rows, None]
            squares[at], moments[at] = weighted.T @ self._rows[rows], working[rows] @ weighted
        grams, totals = np.zeros((self.folds, self.size, self.size)), np.zeros((self.folds, self.size))
        for fold in range(self.folds):
            own = self._fold_of_block == fold
            self._assemble(grams[fold], totals[fold], squares[own], moments[own], self._functions[own])
        return Sums(grams, totals)

    def _assemble(self, gram: Matrix, total: Vector, squares: Matrix, moments: Matrix, functions: Matrix) -> None:
        flat = squares.reshape(len(squares), -1)
        for at, (span, columns) in enumerate(zip(self._spans, self._columns, strict=True)):
            total[span] = (functions[:, at] @ moments)[columns]
            for other in range(at, len(self._spans)):
                both = (functions[:, at] * functions[:, other]) @ flat
                block = both.reshape(squares.shape[1:])[np.ix_(columns, self._columns[other])]
                gram[span, self._spans[other]] = block
                gram[self._spans[other], span] = block.T

    def predict(self, coefficients: Sequence[Vector]) -> Vector:
        """Each row, in the order of the blocks, by the coefficients of its fold, or by the only ones."""
        found = np.empty(len(self._rows))
        for rows, fold, functions in zip(self._slices, self._fold_of_block, self._functions, strict=True):
            one = np.zeros(self._rows.shape[1])
            for function, span, columns in zip(functions, self._spans, self._columns, strict=True):
                one[columns] += function * coefficients[fold % len(coefficients)][span]
            found[rows] = self._rows[rows] @ one
        return found

    def solve(self, sums: Sums, penalty: Penalty) -> Vector:
        """Coefficients on all rows."""
        return self._solve(sums.grams.sum(0), sums.moments.sum(0), penalty)

    def solve_folds(self, sums: Sums, penalty: Penalty) -> list[Vector]:
        """Coefficients by fold, each on all rows but its own."""
        gram, moment = sums.grams.sum(0), sums.moments.sum(0)
        return [
            self._solve(gram - own, moment - of_own, penalty)
            for own, of_own in zip(sums.grams, sums.moments, strict=True)
        ]

    def _solve(self, gram: Matrix, moment: Vector, penalty: Penalty) -> Vector:
        system = gram.copy()
        system[np.diag_indices_from(system)] += self._penalties(penalty)
        found: Vector = solve(system, moment, assume_a="pos", overwrite_a=True, check_finite=False)
        return found

    def _penalties(self, penalty: Penalty) -> Vector:
        """By coefficient: none on averages, less on an action's average than on whom it suits."""
        plain = 2 if self._arms else 1
        penalties = np.full(self.size, penalty.crossed)
        for at, span in enumerate(self._spans):
            if at <= plain:
                penalties[span] = RIDGE if self._arms and at == 0 else penalty.stronger
            if at != plain:  # all but w begin with a one
                penalties[span.start] = 0.0 if at < plain else penalty.stronger
        return penalties

    def parts(self, coefficients: Sequence[Vector]) -> Parts:
        """The coefficients of each fold by what they are of."""
        by_fold = np.stack(coefficients)
        found = [by_fold[:, span] for span in self._spans]
        main = found[0] if self._arms else np.zeros_like(found[0])
        effect, both, *crossed = found[1:] if self._arms else found
        wide = np.stack(crossed, axis=1) if crossed else np.zeros((len(by_fold), 0, effect.shape[1]))
        return Parts(main, effect, both, wide)
