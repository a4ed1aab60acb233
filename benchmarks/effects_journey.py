"""Complete Journey: coupons were sent to chosen households and nobody was left out on purpose; effects are refused."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.results import FILE, record
from configs.errors import DataError
from configs.evidence import RULES
from configs.training import EffectTraining
from configs.workspace import Workspace
from features.tables import open_tables
from features.trials import trials
from pipelines import features, ingest
from pipelines.session import find_dataset, open_session
from training.effects.assignment import Grading
from training.effects.overlap import overlap
from training.effects.problem import effects
from training.effects.propensity import judge
from training.effects.stack import strata
from training.effects.uncontrolled import WouldBe, would_be
from training.tasks import Past

FEWEST = 100  # households of a campaign whose own AUC is quoted
HISTORY = pd.Timestamp("2017-04-01", tz="UTC")  # before, little is known of anybody


def measure(path: Path = FILE) -> bool:
    """Record 1 where effects are refused for every campaign, with the overlap figures; whether they were."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        ingest.run(find_dataset("complete_journey"), workspace)
        session = open_session(workspace)
        features.run(session)
        past = Past(session.dataset, open_tables(workspace), session.store(), (), session.clock())
        refused, why = _refusal(past)
        note = f"{why}; {'; '.join(_kinds(past))}"
    record(
        "effects.journey_refused", float(refused), reach="== 1", note=note, command="make benchmark-effects", path=path
    )
    return refused


def _refusal(past: Past) -> tuple[bool, str]:
    """Whether effects are refused for every campaign with an AUC or the lack of anybody to compare; the first line."""
    try:
        effects(past, EffectTraining())
    except DataError as error:
        said = ("an AUC of", "nobody can be compared")
        return all(any(words in line for words in said) for line in error.details), error.message
    return False, "effects were not refused"


def _kinds(past: Past) -> Iterator[str]:
    """Per kind of campaign, recipients against the households that got nothing."""
    made = strata(trials(past.opened, past.dataset, past.now).rows)
    by = Grading(EffectTraining(), RULES, RULES.false_alarms)
    for kind, treated in made.groupby("offer_kind"):
        beside = would_be(past, treated, by)
        rows, found = beside.rows, beside.found
        if found is None:
            continue
        left = overlap(
            found.log_odds, rows.treated.to_numpy(), rows.share.to_numpy(), rows.log_row.to_numpy(), RULES.trim
        )
        own = [round(auc, 2) for auc in _campaigns(beside)]
        yield (
            f"kind {kind}: AUC of assignment {_auc(beside, np.ones(len(rows), bool)):.2f} (campaigns since April "
            f"{min(own):.2f} to {max(own):.2f}), {left.share:.0%} of rows have a counterpart, "
            f"{int(rows.treated.sum()):,} recipients are worth {left.treated:,.0f}"
        )


def _campaigns(beside: WouldBe) -> Iterator[float]:
    """The AUC of each campaign with history behind it and recipients enough."""
    rows = beside.rows
    for wave in rows.wave[rows.wave >= HISTORY].unique():
        here = (rows.wave == wave).to_numpy()
        if rows.treated[here].sum() >= FEWEST:
            yield _auc(beside, here)


def _auc(beside: WouldBe, here: np.ndarray) -> float:
    rows, found = beside.rows[here], beside.found
    scores = np.zeros(len(rows)) if found is None else found.log_odds[here]
    return judge(scores, rows.treated.to_numpy(), rows.stratum.to_numpy(), np.zeros(len(rows), np.intp))[0]


if __name__ == "__main__":
    measure()
