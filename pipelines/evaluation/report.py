"""What a policy is worth, beside what it would replace: the log's own policy, nothing to all, each offer to all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.estimates import Estimate
from decisioning.off_policy import Value, compare, evaluate
from pipelines.evaluation.logged import NOTHING, Logged, Reward, name

Matrix = NDArray[np.float64]
AS_LOGGED = "as logged"
MOST_ACTIONS = 8  # in the words on what the policy does


@dataclass(frozen=True)
class Judged:
    """A policy and what it is worth per row; `does` is the share of rows on which it takes each action."""

    name: str
    value: Value
    does: Mapping[str, float]


@dataclass(frozen=True)
class Difference:
    """How much more the policy is worth than another on the same rows; `words` say whether that is shown."""

    to: str
    value: Value
    words: str


@dataclass(frozen=True)
class Evaluation:
    """A policy judged on a log. `unit` is of every value; `constants` are the best first, where they have one."""

    policy: Judged
    logging: Judged
    constants: tuple[Judged, ...]
    differences: tuple[Difference, ...]
    on: str
    reward: Reward
    unit: str
    level: float
    rows: int
    customers: int
    first: str
    last: str
    notes: tuple[str, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """Why the policy has no value; empty where it has."""
        return self.policy.value.refused


def judge(
    logged: Logged,
    policy: Matrix,
    *,
    title: str,
    on: str,
    reward: Reward,
    unit: str,
    level: float,
    notes: tuple[str, ...],
) -> Evaluation:
    """Judge `policy` (rows x `logged.keys`) and everything that stands beside it."""
    constants = dict(_constants(logged))
    judged, logging = (_judged(logged, one, matrix, level) for one, matrix in ((title, policy), (AS_LOGGED, None)))
    beside = sorted((_judged(logged, one, matrix, level) for one, matrix in constants.items()), key=_worth)
    against = [AS_LOGGED] if beside[0].value.refused else [beside[0].name, AS_LOGGED]
    differences = [(to, compare(logged.log, policy, constants.get(to), level=level)) for to in against]
    return Evaluation(
        policy=judged,
        logging=logging,
        constants=tuple(beside),
        differences=tuple(Difference(to, value, _words(title, to, value, level)) for to, value in differences),
        on=on,
        reward=reward,
        unit=unit,
        level=level,
        rows=len(logged.log),
        customers=len(np.unique(logged.log.group)),
        first=logged.first.isoformat(),
        last=logged.last.isoformat(),
        notes=(*logged.notes, *notes),
    )


def sentences(found: Evaluation) -> Iterator[str]:
    """The evaluation in words, a line each."""
    yield f"{found.rows:,} rows of {found.customers:,} customers, {found.first[:10]} to {found.last[:10]} ({found.on})"
    yield f"{found.reward} per row in {found.unit}, {found.level:.0%} intervals:"
    for judged in (found.policy, found.logging, *found.constants):
        yield f"  {judged.name}: {_value(judged.value)}"
    for difference in found.differences:
        yield difference.words
    most = sorted(found.policy.does.items(), key=lambda one: -one[1])[:MOST_ACTIONS]
    yield f"{found.policy.name} does: " + ", ".join(
        f"{action} {share:.1%}" for action, share in most if share >= 0.0005
    )
    support = found.policy.value.support
    yield f"effective sample size {support.effective_sample_size:,.0f} of {support.customers:,} customers"
    yield from (f"warning: {line}" for line in found.policy.value.warnings)
    yield from (f"refused: {line}" for line in found.refused)
    if found.policy.value.direct:
        yield f"beside it: {found.policy.value.direct}"
    yield from found.notes


def _judged(logged: Logged, title: str, policy: Matrix | None, level: float) -> Judged:
    if policy is None:
        shares = np.bincount(logged.log.chosen, minlength=len(logged.keys)) / len(logged.log)
    else:
        shares = policy.mean(axis=0)
    does = {name(key): float(share) for key, share in zip(logged.keys, shares, strict=True) if share > 0}
    return Judged(title, evaluate(logged.log, policy, level=level), does)


def _constants(logged: Logged) -> Iterator[tuple[str, Matrix]]:
    """Nothing to all, and each offer to all who could have it, evenly over the channels where they could."""
    possible = logged.log.possible if logged.log.possible is not None else np.ones((len(logged.log), len(logged.keys)))
    nothing = np.zeros((len(logged.log), len(logged.keys)))
    nothing[:, logged.keys.index(NOTHING)] = 1.0
    yield "nothing to all", nothing
    for offer_id in dict.fromkeys(offer_id for offer_id, _ in logged.keys if offer_id):
        own = possible * np.array([key[0] == offer_id for key in logged.keys])
        count = own.sum(axis=1, keepdims=True)
        spread = np.divide(own, count, out=np.zeros(own.shape), where=count > 0)
        yield f"{offer_id} to all", np.where(count > 0, spread, nothing)


def _worth(judged: Judged) -> float:
    return np.inf if judged.value.refused else -judged.value.answer.value


def _words(title: str, to: str, value: Value, level: float) -> str:
    if value.refused:
        return f"{title} against {to}: refused: {'; '.join(value.refused)}"
    found = value.answer
    if not found.differs:
        return f"{title} is not different from {to}: {_interval(found, level)}"
    return f"{title} is worth {'more' if found.value > 0 else 'less'} than {to}: {_interval(found, level)}"


def _interval(found: Estimate, level: float) -> str:
    return f"{found.value:+.4g} ({level:.0%}: {found.low:+.4g} to {found.high:+.4g})"


def _value(value: Value) -> str:
    if value.refused:
        return f"refused: {'; '.join(value.refused)}"
    estimates = (("IPS", value.ips), ("SNIPS", value.snips), ("DR", value.dr))
    return ", ".join(f"{by} {one.value:.4g} ({one.low:.4g} to {one.high:.4g})" for by, one in estimates if one)
