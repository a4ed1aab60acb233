"""The decisions of the company that has decided for three months, read once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.export.logged import Logged
from pipelines.export.reading import Asked, logged
from tests.pipelines.evaluation.decided import Served

ASKED = Asked(("accepted",), datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def decisions(served: Served) -> list[Logged]:
    return list(logged(served.ledger.engine, ASKED))
