"""Off-policy evaluation: what a policy would have been worth, from a log that another one wrote.

IPS weighs each reward by policy / propensity; SNIPS divides by the sum of weights instead of the number of rows; DR
takes the reward that models expect and corrects it by the weighted errors of the actions made. Sources: Horvitz and
Thompson 1952; Swaminathan and Joachims 2015; Dudik, Langford and Li 2011.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from decisioning.estimates import Estimate, Matrix, Vector, from_influence
from decisioning.logs import Log
from decisioning.support import Support, support

LEVEL = 0.95
WARNING = "direct method, no estimate of value: what models expect, corrected by nothing that was observed"

__all__ = ["Direct", "Log", "Value", "compare", "evaluate"]


@dataclass(frozen=True, slots=True)
class Direct:
    """A direct-method number, which is no estimate of a value and is shown only with its warning."""

    value: float
    warning: str = WARNING

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.warning})"


@dataclass(frozen=True, slots=True)
class Value:
    """What a policy is worth per row, by each estimator; None where the log cannot answer, and `refused` says why.

    `dr` and `direct` need expected rewards. `support` holds the effective sample size and the other checks.
    """

    ips: Estimate | None
    snips: Estimate | None
    dr: Estimate | None
    direct: Direct | None
    support: Support

    @property
    def refused(self) -> tuple[str, ...]:
        """Why there is no answer; empty where there is one."""
        return self.support.refused

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know beside the answer."""
        return self.support.warnings

    @property
    def effective_sample_size(self) -> float:
        """How many customers of equal weight would know as much."""
        return self.support.effective_sample_size

    @property
    def by(self) -> Literal["dr", "snips"]:
        """The estimator that `answer` is of."""
        return "snips" if self.dr is None else "dr"

    @property
    def answer(self) -> Estimate:
        """The estimate to read: DR, or SNIPS without expected rewards. Raises ValueError where there is none."""
        best = self.snips if self.dr is None else self.dr
        if best is None:
            raise ValueError("; ".join(self.refused))
        return best


def evaluate(log: Log, policy: Matrix | None, *, level: float = LEVEL) -> Value:
    """The value of `policy` (n, K), the probability of each action per row; None is the policy that wrote the log.

    Intervals are at `level`, clustered by customer. Raises ValueError where `policy` is none.
    """
    log.check(policy)
    found = support(log, policy)
    if found.refused:
        return _refusal(found)
    terms = _terms(log, policy)
    return _value(terms, log, found, level, None if terms.expected is None else Direct(terms.expected))


def compare(log: Log, policy: Matrix | None, baseline: Matrix | None, *, level: float = LEVEL) -> Value:
    """What `policy` is worth more than `baseline`, on the same rows, so that their common noise cancels.

    Refused where either is; `support` is that of the one the log knows less of. There is no direct-method difference.
    """
    log.check(policy)
    log.check(baseline)
    both = [support(log, one) for one in (policy, baseline)]
    worst = min(both, key=lambda found: (not found.refused, found.effective_sample_size))
    if worst.refused:
        return _refusal(worst)
    difference = _terms(log, policy).less(_terms(log, baseline))
    return _value(difference, log, worst, level, None)


@dataclass(frozen=True)
class _Term:
    """An estimate and how each row (n,) moves it."""

    value: float
    influence: Vector

    def less(self, other: _Term) -> _Term:
        return _Term(self.value - other.value, self.influence - other.influence)


@dataclass(frozen=True)
class _Terms:
    ips: _Term
    snips: _Term
    dr: _Term | None
    expected: float | None

    def less(self, other: Self) -> _Terms:
        dr = None if self.dr is None or other.dr is None else self.dr.less(other.dr)
        return _Terms(self.ips.less(other.ips), self.snips.less(other.snips), dr, None)


def _terms(log: Log, policy: Matrix | None) -> _Terms:
    if policy is None:
        seen = _mean(log.reward)
        return _Terms(seen, seen, None if log.expected is None else seen, None)
    weight = log.weights(policy)
    snips = float(weight @ log.reward / weight.sum())
    normalised = _Term(snips, weight * (log.reward - snips) / weight.sum())
    if log.expected is None:
        return _Terms(_mean(weight * log.reward), normalised, None, None)
    modelled = (policy * log.expected).sum(axis=1)
    robust = modelled + weight * (log.reward - log.of_made(log.expected))
    return _Terms(_mean(weight * log.reward), normalised, _mean(robust), float(modelled.mean()))


def _mean(values: Vector) -> _Term:
    mean = float(values.mean())
    return _Term(mean, (values - mean) / len(values))


def _value(terms: _Terms, log: Log, found: Support, level: float, direct: Direct | None) -> Value:
    def estimate(term: _Term) -> Estimate:
        return from_influence(term.value, term.influence, log.group, level)

    return Value(
        ips=estimate(terms.ips),
        snips=estimate(terms.snips),
        dr=None if terms.dr is None else estimate(terms.dr),
        direct=direct,
        support=found,
    )


def _refusal(found: Support) -> Value:
    return Value(None, None, None, None, found)
