"""One small company after a history of randomised campaigns; tests fork it, and change nothing in it."""

from __future__ import annotations

import pytest

from pipelines.loop.company import Company, begin
from pipelines.loop.evidence import Evidence, evidence
from pipelines.market.setting import Setting

SETTING = Setting(customers=1_200, weeks=30, seed=4)


@pytest.fixture(scope="session")
def company() -> Company:
    """1,200 customers in week 24, with campaigns in weeks 8 and 16."""
    return begin(SETTING, 24)


@pytest.fixture(scope="session")
def known(company: Company) -> Evidence:
    return evidence(company)
