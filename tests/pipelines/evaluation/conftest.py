"""The small company's workspace with a ledger, made once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.session import Session
from tests.pipelines.evaluation.decided import Served, company, three_rounds


@pytest.fixture(scope="session")
def opened(ingested: Session, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Served]:
    """Makes a company of the name given, in which nothing has been decided yet."""
    return lambda name: company(ingested, tmp_path_factory.mktemp(name) / "workspace")


@pytest.fixture(scope="session")
def served(opened: Callable[[str], Served]) -> Served:
    return three_rounds(opened("served"))
