"""Simple models that baselines lean on: better than chance, for any customers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pipelines.loop.company import Company
from pipelines.loop.evidence import Evidence
from pipelines.loop.guesses import Accepting, Risk
from pipelines.market.engine import nothing
from pipelines.market.truth import expected


def test_risk_ranks_those_who_will_stay_away(company: Company, known: Evidence) -> None:
    twin = company.fork(7)
    p = Risk(known)(twin.seen())
    after = [twin.live(nothing(twin.customers)) for _ in range(6)]
    bought = np.sum([week.purchases + week.billed for week in after], axis=0) > 0
    here = company.known()
    assert ((p >= 0) & (p <= 1)).all()
    assert roc_auc_score(~bought[here], p[here]) > 0.75


def test_acceptance_ranks_customers_and_actions(company: Company, known: Evidence) -> None:
    p = Accepting(known)(company.seen())
    truth = expected(company.market.traits, company.market.since(24)).accepts
    here = company.known()
    assert p.shape == truth.shape
    assert np.corrcoef(p[here].ravel(), truth[here].ravel())[0, 1] > 0.4
    assert p[here].mean() == pytest.approx(truth[here].mean(), abs=0.06)


def test_a_category_never_seen_is_no_obstacle(company: Company, known: Evidence) -> None:
    seen = company.seen().assign(region="elsewhere")
    assert np.isfinite(Risk(known)(seen)).all()
    assert np.isfinite(Accepting(known)(seen)).all()
