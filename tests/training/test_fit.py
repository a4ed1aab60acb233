"""A fitted model, end to end on a simulated world."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from configs.artefact import Calibration
from configs.errors import DataError
from tests.training.worlds import FEATURES, QUICK, expected, labelled, lapse, p_leave
from training import metrics
from training.fit import Fitted, fit
from training.problem import Problem


def test_it_ranks_nearly_as_well_as_the_truth(churn: tuple[Problem, Fitted]) -> None:
    problem, fitted = churn
    label, truth = problem.label[fitted.judged], p_leave(problem.rows)[fitted.judged]
    assert fitted.metrics["auc"] == pytest.approx(roc_auc_score(label, fitted.out_of_fold))
    assert fitted.metrics["auc"] > roc_auc_score(label, truth) - 0.03


def test_its_figures_are_of_rows_it_had_not_seen(churn: tuple[Problem, Fitted]) -> None:
    problem, fitted = churn
    assert len(fitted.judged) == len(fitted.out_of_fold) == 900  # the later half of six instants
    assert problem.rows["as_of"].iloc[fitted.judged].min() > problem.rows["as_of"].min()
    assert fitted.split.how.startswith("temporal")


def test_the_artefact_says_what_it_learned_from(churn: tuple[Problem, Fitted]) -> None:
    problem, fitted = churn
    artefact = fitted.artefact
    assert [source.name for source in artefact.sources] == list(FEATURES)
    assert (artefact.model, artefact.link, artefact.metrics) == ("churn", "logit", fitted.metrics)
    assert (artefact.window.rows, artefact.window.fingerprint) == (1800, problem.fingerprint())
    assert artefact.window.positives == pytest.approx(problem.label.mean())
    assert artefact.risk_bands == pytest.approx(tuple(np.quantile(fitted.out_of_fold, [0.5, 0.8])))
    assert len(artefact.boosters) == len(fitted.boosters)


def test_an_amount_is_boosters_alone(value: tuple[Problem, Fitted]) -> None:
    problem, fitted = value
    artefact = fitted.artefact
    assert (artefact.link, artefact.weight, artefact.linear) == ("log", 1.0, None)
    assert (artefact.risk_bands, artefact.calibration, artefact.window.positives) == (None, Calibration(), None)
    assert fitted.out_of_fold.min() > 0
    truth = metrics.amount(problem.label[fitted.judged], expected(problem.rows)[fitted.judged])
    assert fitted.metrics["r2"] > 0.6 * truth["r2"]  # 80 rounds of 0.02 do not get all the way
    assert abs(fitted.metrics["bias"]) < 0.1 * problem.label.mean()


def test_the_same_seed_gives_the_same_model(churn: tuple[Problem, Fitted]) -> None:
    problem, fitted = churn
    again = fit(problem, QUICK)
    assert again.artefact == fitted.artefact
    assert [one.model_to_string() for one in again.boosters] == [one.model_to_string() for one in fitted.boosters]
    assert again.out_of_fold.tobytes() == fitted.out_of_fold.tobytes()


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (lapse(150, 1), "150 labelled rows, at least 200 are needed"),
        (labelled(lapse(300, 1), np.zeros(300)), "one class only: nobody of 300 has label 1"),
        (dataclasses.replace(lapse(300, 1), features=()), "no feature varies between rows"),
    ],
)
def test_what_cannot_be_learned_is_refused(problem: Problem, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit(problem, QUICK)
