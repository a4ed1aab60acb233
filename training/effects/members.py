"""Linear models of a contrast by fold: what they expect, and the terms they are kept as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit

from configs.artefact import Linear
from configs.effects import Crossed, Term
from training.effects.contrast import Contrast, Index, Vector
from training.effects.sums import Parts


@dataclass(frozen=True)
class Members:
    """Coefficients by fold, each blind to its fold; `binary` ones are of log-odds."""

    parts: Parts
    binary: bool

    def expected(self, contrast: Contrast, member: int | None = None) -> tuple[Vector, Vector]:
        """Outcomes (n,) without and with treatment: by `member`, or by each row's own, blind to its customer."""
        everyone = np.arange(len(contrast.z))
        if member is not None:
            return self._of(contrast, everyone, member)
        untreated, treated = np.empty(len(everyone)), np.empty(len(everyone))
        for one in range(contrast.folds):
            rows = np.flatnonzero(contrast.fold == one)
            untreated[rows], treated[rows] = self._of(contrast, rows, one)
        return untreated, treated

    def _of(self, contrast: Contrast, rows: Index, member: int) -> tuple[Vector, Vector]:
        z, parts = contrast.z[rows], self.parts
        x = np.column_stack([np.ones(len(rows)), z[:, contrast.of_customer]])
        effect = x @ parts.effect[member]
        untreated = x @ parts.main[member] + contrast.code_untreated * effect
        crossed = np.einsum("ij,ij->i", z[:, contrast.of_action], x @ parts.crossed[member].T)
        treated = untreated + effect + crossed + z[:, contrast.of_both] @ parts.both[member]
        return (expit(untreated), expit(treated)) if self.binary else (untreated, treated)

    def terms(self, contrast: Contrast) -> tuple[Term, ...]:
        """Of the effect: in log-odds, a term for each arm."""
        return tuple(term for member in range(contrast.folds) for term in self._terms(contrast, member))

    def _terms(self, contrast: Contrast, member: int) -> Iterator[Term]:
        main, effect = self.parts.main[member], self.parts.effect[member]
        if not self.binary:
            yield self._term(contrast, member, effect, 1.0, "identity")
            return
        untreated = main + contrast.code_untreated * effect
        yield self._term(contrast, member, untreated + effect, 1.0, "logit")
        plain = in_all_columns(contrast, contrast.of_customer, untreated[1:])
        linear = Linear(intercept=float(untreated[0]), coefficients=tuple(plain.tolist()))
        yield Term(member=member, weight=-1.0, link="logit", linear=linear)

    def _term(
        self, contrast: Contrast, member: int, of_x: Vector, weight: float, link: Literal["identity", "logit"]
    ) -> Term:
        """Of a treated row: what an action does on average is a coefficient of its own column."""
        crossed = self.parts.crossed[member]
        plain = in_all_columns(contrast, contrast.of_customer, of_x[1:])
        plain += in_all_columns(contrast, contrast.of_both, self.parts.both[member])
        plain += in_all_columns(contrast, contrast.of_action, crossed[:, 0])
        products = [
            Crossed(
                column=int(column), coefficients=tuple(in_all_columns(contrast, contrast.of_customer, own[1:]).tolist())
            )
            for column, own in zip(contrast.of_action, crossed, strict=True)
        ]
        linear = Linear(intercept=float(of_x[0]), coefficients=tuple(plain.tolist()))
        return Term(member=member, weight=weight, link=link, linear=linear, crossed=tuple(products))


def in_all_columns(contrast: Contrast, columns: Index, coefficients: Vector) -> Vector:
    """`coefficients` of `columns` as coefficients of every column of z."""
    found = np.zeros(contrast.z.shape[1])
    found[columns] = coefficients
    return found
