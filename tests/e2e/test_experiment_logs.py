"""Logs of experiments, from CSV through ingestion to evidence: what is set aside, what is refused, in which words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.errors import DataError
from configs.training import EffectTraining
from configs.workspace import Workspace
from features.ingest import TableSummary
from features.tables import open_tables
from pipelines import ingest
from pipelines.session import find_dataset, open_session
from tests.e2e import experiment
from tests.e2e.experiment import CUSTOMERS, WAVES, Experiment
from training.effects.problem import EffectProblem, effects
from training.tasks import Past

CONTROL = "control"


@dataclass(frozen=True)
class FakeStore:
    """In Feast's place: the customer's number, which a manager may go by, and chance."""

    def names(self, model: str) -> tuple[str, ...]:
        return ("profile__number", "profile__chance")

    def join(self, spine: pd.DataFrame, model: str) -> pd.DataFrame:
        number = spine.customer_id.str[1:].astype(float)
        return spine.assign(profile__number=number, profile__chance=np.random.default_rng(0).normal(size=len(spine)))


@dataclass(frozen=True)
class Found:
    problem: EffectProblem
    summaries: dict[str, TableSummary] = field(default_factory=dict)

    @property
    def grades(self) -> dict[str, str]:
        return {offer.offer_id: offer.grade for offer in self.problem.evidence}

    def quarantined(self, table: str) -> dict[str, int]:
        return self.summaries[table].reasons


def run(folder: Path, given: Experiment) -> Found:
    """Ingest the files as a user does, and look for effects."""
    workspace = Workspace(folder / "workspace")
    summaries = ingest.run(find_dataset(str(given.write(folder))), workspace)
    session = open_session(workspace)
    past = Past(session.dataset, open_tables(workspace), FakeStore(), (), session.clock())  # type: ignore[arg-type]
    return Found(effects(past, EffectTraining()), {summary.table: summary for summary in summaries})


def spoilt(change: Callable[[pd.DataFrame], object]) -> Experiment:
    """The experiment with its mailings changed."""
    made = experiment.mailings()
    change(made)
    return Experiment(made)


def test_a_sound_log_is_randomised(tmp_path: Path) -> None:
    found = run(tmp_path, Experiment())
    assert found.grades == {"gift": "randomised", "voucher": "randomised"}
    assert "logged propensities fit what was done" in found.problem.evidence[0].why
    assert len(found.problem.log) == 2 * CUSTOMERS
    accepted = found.problem.log.accepted
    assert accepted.isna().sum() == (found.problem.log.offer_id == CONTROL).sum()
    assert accepted.mean() == pytest.approx(1 / 3, abs=0.001)
    assert found.problem.warnings == ()


def _set(rows: slice, column: str, value: object) -> Callable[[pd.DataFrame], object]:
    def change(made: pd.DataFrame) -> None:
        made.loc[made.index[rows], column] = value

    return change


REFUSED = [  # what is done to the mailings -> what is said
    (_set(slice(3), "propensity", 0.0), r"wave of 2024-02-01 00:00: \d propensities outside \(0, 1\]: 0"),
    (_set(slice(CUSTOMERS), "propensity", 0.5), "wave of 2024-02-01 00:00: propensities sum to 1.5, not to 1"),
    (_set(slice(None), "propensity", 0.25), r"wave of 2024-03-01 00:00: propensities sum to 0.75.*an arm missing\?"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_propensities_that_cannot_be_are_refused(
    tmp_path: Path, change: Callable[[pd.DataFrame], object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        run(tmp_path, spoilt(change))


def test_all_that_is_wrong_with_propensities_is_said_at_once(tmp_path: Path) -> None:
    made = experiment.mailings()
    made.loc[made.index[:1], "propensity"] = 0.0
    made.loc[made.index[CUSTOMERS:], "propensity"] = 0.5
    with pytest.raises(DataError) as raised:
        run(tmp_path, Experiment(made))
    assert [line.split(": ")[1] for line in raised.value.details][-1].startswith("propensities sum to 1.5, not to 1")
    assert "1 propensities outside (0, 1]" in raised.value.details[0]


def test_propensities_above_one_never_get_past_ingestion(tmp_path: Path) -> None:
    found = run(tmp_path, spoilt(_set(slice(5), "propensity", 1.2)))
    assert found.quarantined("treatments") == {"propensity: above 1": 5}
    assert (set(found.grades.values()), len(found.problem.log)) == ({"randomised"}, 2 * CUSTOMERS - 5)


def test_without_a_control_group_effects_are_refused(tmp_path: Path) -> None:
    made = experiment.mailings().assign(propensity=np.nan)
    with pytest.raises(DataError, match="no evidence for any of 2 offers") as raised:
        run(tmp_path, Experiment(made[made.offer_id != CONTROL]))
    assert len(raised.value.details) == 2
    for line in raised.value.details:
        assert "no control group: nobody was left untreated on purpose" in line
        assert "if they are the control group, record them in `treatments` with offer_id control" in line
        assert "leave a random 10% of the next campaign untreated" in line


def test_an_arm_with_twelve_rows_is_refused_alone(tmp_path: Path) -> None:
    made = experiment.mailings()
    gifts = made.index[made.offer_id == "gift"]
    found = run(tmp_path, Experiment(made.drop(index=gifts[12:]).assign(propensity=np.nan)))
    assert found.grades == {"gift": "none", "voucher": "randomised"}
    assert "12 treated and" in found.problem.evidence[0].why


def test_outcomes_before_their_treatment_or_of_an_unknown_one_do_not_count(tmp_path: Path) -> None:
    given = Experiment()
    early = given.answers.head(7).assign(occurred_at=WAVES[0] - pd.Timedelta(days=1))
    never = given.mailings[given.mailings.offer_id == CONTROL].groupby("customer_id").filter(lambda own: len(own) == 2)
    unknown = pd.DataFrame({"customer_id": never.customer_id.unique()[:4], "offer_id": "gift", "value": 1.0})
    unknown["occurred_at"] = WAVES[0] + pd.Timedelta(days=1)
    other = given.answers.head(2).assign(offer_id="nosuch")
    given.answers = pd.concat([given.answers, early, unknown, other])
    found = run(tmp_path, given)
    assert found.quarantined("outcomes") == {"offer_id: orphan, not in offers": 2}
    assert found.problem.warnings == (
        "7 rows set aside: outcomes before their treatment",
        "4 rows set aside: outcomes of a treatment that is not in the records",
    )
    assert found.problem.log.accepted.mean() == pytest.approx(1 / 3, abs=0.001)


@pytest.mark.parametrize(("value", "reason"), [("NaN", "value: not finite"), ("much", "value: not a number")])
def test_outcomes_that_are_no_numbers_never_get_past_ingestion(tmp_path: Path, value: str, reason: str) -> None:
    given = Experiment()
    given.answers = given.answers.astype({"value": object})
    given.answers.iloc[:6, given.answers.columns.get_loc("value")] = value
    found = run(tmp_path, given)
    assert found.quarantined("outcomes") == {reason: 6}
    assert found.problem.log[["retention", "margin"]].notna().all().all()


def test_two_treatments_at_one_instant_contradict_each_other(tmp_path: Path) -> None:
    made = experiment.mailings()
    twice = made.head(10).assign(offer_id=lambda rows: np.where(rows.offer_id == "gift", "voucher", "gift"))
    found = run(tmp_path, Experiment(pd.concat([made, twice])))
    assert "20 rows set aside: several treatments of one customer at one instant" in found.problem.warnings
    assert len(found.problem.log) == 2 * CUSTOMERS - 10


def test_treatments_that_repeat_keep_a_customer_in_one_fold(tmp_path: Path) -> None:
    found = run(tmp_path, Experiment())
    log = found.problem.log
    assert log.customer_id.duplicated().sum() == CUSTOMERS  # every customer is in both waves
    assert found.problem.rows.groupby("customer_id").fold.nunique().max() == 1


def test_a_manager_who_chooses_is_observational_and_a_log_that_denies_it_is_not_believed(tmp_path: Path) -> None:
    made = experiment.mailings()
    rng = np.random.default_rng(2)
    number = made.customer_id.str[1:].astype(int)
    mailed = rng.random(len(made)) < 0.4 + 0.4 * (number > CUSTOMERS / 2)
    made["offer_id"] = np.where(mailed, rng.choice(["gift", "voucher"], len(made)), CONTROL)
    made["propensity"] = made.offer_id.map({CONTROL: 0.4, "gift": 0.3, "voucher": 0.3})
    found = run(tmp_path, Experiment(made))
    assert found.grades == {"gift": "observational", "voucher": "observational"}
    assert "the logged propensities do not fit what was done: who got it can be told" in found.problem.evidence[0].why
