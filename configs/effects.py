"""What effect training hands to serving: `effects.json` beside LightGBM text files. Never a pickle.

A target's score is the weighted sum of its terms, each a model of the encoded columns z (`features.encoding`) through
its link: a T-learner is treated minus untreated, an S-learner one model asked twice, a DR-learner one model of the
effect itself. Several members, each blind to one fold of customers, are averaged. The uplift is the belief's line
through the score.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field

from configs.artefact import Column, Linear, Source
from configs.errors import StoreUnavailable
from configs.loading import Frozen
from decisioning.arbitration import Evidence

FORMAT = 1
FILE = "effects.json"
LEVEL = 0.9  # of every interval of an effect


class Term(Frozen):
    """One model of a target: `weight` x link(model(z)), asked as if `treated` where the booster has that last column.

    Exactly one of `linear` (on every column of z) and `booster` (a file; on the columns trees see, then `treated`) is
    given. `member` is the fold of customers that the model has not seen.
    """

    member: int
    weight: float
    link: Literal["identity", "logit"]
    treated: Literal[0, 1] | None = None
    linear: Linear | None = None
    booster: str | None = None


class Belief(Frozen):
    """What held-out customers say of a score s: uplift = mean + slope (s - centre), and how sure that is.

    The variance of the uplift is var_mean + 2 cov (s - centre) + var_slope (s - centre)^2, plus var_offers for an offer
    that no treatment was made with. Its interval is the average effect on customers who score alike.
    """

    centre: float = 0.0
    mean: float = 0.0
    slope: float = 1.0
    var_mean: float = Field(0.0, ge=0)
    cov: float = 0.0
    var_slope: float = Field(0.0, ge=0)
    var_offers: float = Field(0.0, ge=0)


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
    targets: tuple[Target, ...]
    evidence: tuple[OfferEvidence, ...]
    window: EffectsWindow
    metrics: dict[str, float] = Field(default_factory=dict)

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
