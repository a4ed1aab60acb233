"""What effect training hands to serving: `effects.json` beside LightGBM text files. Never a pickle.

A target's score is the weighted sum of its terms, each a model of the encoded columns z (`features.encoding`), and of
how likely the offer is accepted, through its link: a T-learner is treated minus untreated, an S-learner one model asked
twice, a DR-learner one model of the effect itself. Several members, each blind to one fold of customers, are averaged.
The uplift is the belief's line through the score.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, Field

from configs.artefact import Column, Linear, Source
from configs.errors import StoreUnavailable
from configs.loading import Frozen
from decisioning.arbitration import Evidence

FORMAT = 1
FILE = "effects.json"
LEVEL = 0.9  # of every interval of an effect
WIDTH = 1.6448536269514722  # standard errors to either side at that level

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Crossed(Frozen):
    """What a column of the offer or its channel multiplies: z[column] x (coefficients . z)."""

    column: int = Field(ge=0)
    coefficients: tuple[float, ...]


class Term(Frozen):
    """One model of a target: `weight` x link(model(z)), asked as if `treated` where the booster has that last column.

    Exactly one of `linear` (on every column of z, to which `crossed` adds products) and `booster` (a file; on the
    columns trees see, then `treated`) is given. `member` is the fold of customers that the model has not seen.
    """

    member: int
    weight: float
    link: Literal["identity", "logit"]
    treated: Literal[0, 1] | None = None
    linear: Linear | None = None
    crossed: tuple[Crossed, ...] = ()
    booster: str | None = None
    times: int | None = Field(default=None, ge=0)  # the column that multiplies what a booster says


class Belief(Frozen):
    """What held-out customers say of a score s: uplift = mean + slope (s - centre), and how sure that is.

    The variance of the uplift is var_mean + 2 cov (s - centre) + var_slope (s - centre)^2 + var_fit, which is how far
    averages of customers who score alike stray from the line; plus var_offers for an offer that no treatment was made
    with. Its interval is of the average effect on customers who score alike.
    """

    centre: float = 0.0
    mean: float = 0.0
    slope: float = 1.0
    var_mean: float = Field(0.0, ge=0)
    cov: float = 0.0
    var_slope: float = Field(0.0, ge=0)
    var_fit: float = Field(0.0, ge=0)
    var_offers: float = Field(0.0, ge=0)

    def uplift(self, scores: Vector, *, tried: bool | NDArray[np.bool_] = True) -> tuple[Vector, Vector, Vector]:
        """The uplift of each score and the ends of its interval; `tried` is False for an offer never made."""
        away = scores - self.centre
        variance = self.var_mean + 2 * self.cov * away + self.var_slope * away**2
        variance = np.maximum(variance, 0.0) + self.var_fit + np.where(tried, 0.0, self.var_offers)
        uplift, half = self.mean + self.slope * away, WIDTH * np.sqrt(variance)
        return uplift, uplift - half, uplift + half


class Acceptance(Frozen):
    """P(accept) of what a row of z describes: ridge logistics, each blind to one fold of customers.

    Most of an offer's effect comes about by its acceptance, which far fewer rows show. Where it `informs`, terms see
    more columns after those of z: p / scale, then each of `products`, columns of z, times that. It does not where to
    accept is the outcome itself, of which it knows nothing more. `levels` are the columns of z for kinds of offer and
    for channels: a member's coefficients are those of z, then, for each level, what it adds to them where it is held.
    """

    members: tuple[Linear, ...] = Field(min_length=1)
    levels: tuple[int, ...] = ()
    products: tuple[int, ...] = ()
    scale: float = Field(gt=0)  # root mean square of p over the training rows
    informs: bool = True

    def p(self, z: Matrix, members: NDArray[np.intp] | None = None) -> Vector:
        """The p of each row, by the member that `members` names for it, or by the mean of all their log-odds."""
        if members is None:
            every = [(member.intercept, *member.coefficients) for member in self.members]
            return self._asked(z, np.mean(every, axis=0))
        p = np.empty(len(z))
        for at, member in enumerate(self.members):
            rows = members == at
            p[rows] = self._asked(z[rows], np.array((member.intercept, *member.coefficients)))
        return p

    def _asked(self, z: Matrix, coefficients: Vector) -> Vector:
        """The p by one set of coefficients, the intercept first."""
        parts = z @ coefficients[1:].reshape(-1, z.shape[1]).T
        held = z[:, self.levels] > 0  # the column of a level is above its mean, 0, where the level is held
        margins = coefficients[0] + parts[:, 0] + (parts[:, 1:] * held).sum(axis=1)
        return np.asarray(1 / (1 + np.exp(-margins)))

    def beside(self, z: Matrix, members: NDArray[np.intp] | None = None) -> Matrix:
        """The columns that terms see: z, p / scale, and their products."""
        if not self.informs:
            return z
        relative = (self.p(z, members) / self.scale)[:, None]
        return np.hstack([z, relative, relative * z[:, self.products]])


class Target(Frozen):
    """The effect on one thing: `retention` as a probability, `margin` in the dataset's currency over the horizon."""

    target: Literal["retention", "margin"]
    learner: str
    reason: str  # why this learner won
    terms: tuple[Term, ...]
    belief: Belief


class OfferEvidence(Frozen):
    """How well the effect of an offer is known, and why: `why` says what was found, or what data would lift it."""

    offer_id: str
    kind: str
    grade: Evidence
    why: str
    treated: int
    controls: int


class EffectsWindow(Frozen):
    """What was learned from. `censored` counts treatments whose response window was still open."""

    first_as_of: AwareDatetime
    last_as_of: AwareDatetime
    horizon_days: int
    rows: int
    customers: int
    censored: int
    fingerprint: str


class Effects(Frozen):
    """Trained effects of offers against control; `metrics` are figures of held-out customers."""

    format: int = FORMAT
    dataset: str
    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    acceptance: Acceptance | None = None  # none where nobody's acceptance is known
    targets: tuple[Target, ...]
    evidence: tuple[OfferEvidence, ...]
    window: EffectsWindow
    metrics: dict[str, float] = Field(default_factory=dict)

    @property
    def width(self) -> int:
        """How many columns linear terms have."""
        informing = self.acceptance if self.acceptance and self.acceptance.informs else None
        return len(self.columns) + (0 if informing is None else 1 + len(informing.products))

    def seen_by_trees(self, for_trees: NDArray[np.intp]) -> NDArray[np.intp]:
        """The columns that boosters see, given those of z: p / scale comes after them."""
        return for_trees if self.width == len(self.columns) else np.append(for_trees, len(self.columns))

    def beside(self, z: Matrix, members: NDArray[np.intp] | None = None) -> Matrix:
        """The columns that terms see, given z; of held-out rows by the member that is blind to each."""
        return z if self.acceptance is None else self.acceptance.beside(z, members)

    def grade_of(self, offer_id: str, kind: str) -> Evidence:
        """The grade of an offer; of one never tried, the weakest grade among the tried offers of its kind."""
        own = [found.grade for found in self.evidence if found.offer_id == offer_id]
        alike = own or [found.grade for found in self.evidence if found.kind == kind]
        order: tuple[Evidence, ...] = ("none", "observational", "randomised")
        return min(alike, key=order.index, default="none")

    def tried(self, offer_id: str) -> bool:
        """Whether the offer's own effect was measured, rather than read off its attributes."""
        return any(found.offer_id == offer_id and found.grade != "none" for found in self.evidence)


def read_effects(folder: Path) -> Effects:
    """The effects in `folder`. Raises StoreUnavailable where they are absent, damaged or of another format."""
    path = folder / FILE
    try:
        effects = Effects.model_validate_json(path.read_text())
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"{path}: no effects can be read from it: {error}") from error
    if effects.format != FORMAT:
        raise StoreUnavailable(f"{path}: effects format {effects.format}, this Tenure reads {FORMAT}")
    return effects
