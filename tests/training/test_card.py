"""The model card has the numbers."""

from __future__ import annotations

import pytest

from training.card import card
from training.fit import Fitted
from training.leaks import Suspect
from training.problem import Problem


def test_a_churn_card(churn: tuple[Problem, Fitted]) -> None:
    problem, fitted = churn
    text = card(fitted, problem, {"recency__silence_days": 0.8, "profile__plan": 0.2}, [Suspect("exit__told", 0.97)])
    for said in (
        "# churn of simulated",
        "- 1,800 labelled rows, snapshots 2023-01-01 to 2023-03-12",
        "- horizon 14 days after a lead of 0 days",
        f"- {problem.label.mean():.2%} of rows have label 1",
        f"- fingerprint `{problem.fingerprint()}`",
        "On rows the model had not seen (900; split: temporal, 3 folds",
        f"| auc | {fitted.metrics['auc']:.4f} |",
        "- recency__silence_days: 80.0%",
        "- **Suspected leak**: exit__told alone ranks the label with AUC 0.970",
        "Evidence grade for effects: **none**. The model says who leaves; it does not know whom an offer changes.",
    ):
        assert said in text


def test_an_amount_has_no_share_of_ones_and_no_ridge(value: tuple[Problem, Fitted]) -> None:
    text = card(value[1], value[0], {}, [])
    assert "have label 1" not in text
    assert "ridge" not in text
    assert "Suspected leak" not in text
    assert "The model says what is at stake" in text


@pytest.mark.parametrize("name", ["auc", "average_precision", "log_loss", "brier", "lift10", "ece"])
def test_every_figure_is_in_the_table(churn: tuple[Problem, Fitted], name: str) -> None:
    assert f"| {name} |" in card(churn[1], churn[0], {}, [])
