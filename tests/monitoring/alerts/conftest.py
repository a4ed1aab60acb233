"""One run's facts, small enough to check by eye, and two verdicts on them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from configs.monitoring import Monitoring
from monitoring.data.quality import Quality
from monitoring.drift.drift import ColumnDrift, DriftResult
from monitoring.facts import Facts
from monitoring.health.health import Health
from monitoring.health.mix import Mix, Part
from monitoring.intervals import Interval
from monitoring.performance.matured import Fit, Performance
from monitoring.site.elements import Finding
from monitoring.skew.skew import Skew
from monitoring.verdict import Verdict, conclude

NOW = datetime(2017, 11, 6, 9, 30, tzinfo=UTC)
SHIFTED = Finding("act", "The risks have shifted.", "18% now, 12% before", "Find out why.", "drift#columns")
DEGRADED = Finding("watch", "Some decisions were degraded.", "0.4% of decisions", "Look at the store.", "policy")
EARLY = Finding("wait", "Too early to say.", "9 outcomes due", "", "predictions")
FINE = Finding("good", "The data is as it was.", "3 inputs", "", "data")


@pytest.fixture(scope="session")
def facts() -> Facts:
    columns = (
        ColumnDrift("p_churn", "wasserstein", 0.32, 0.071, 0.1, drifted=True),
        ColumnDrift("profile__plan", "jensenshannon", 0.02, 0.04, 0.1, drifted=False),
        ColumnDrift("loyalty__tier", "jensenshannon", None, None, None, drifted=False, skipped="never filled"),
    )
    drift = DriftResult(columns, 5000, 1234, alpha=0.05, page="evidently/drift.html", scores=None)
    fit = Fit(Interval(0.81, 0.78, 0.84), Interval(0.1, 0.09, 0.11), Interval(0.33, 0.3, 0.36), 0.013, 0.021, ())
    mix = Mix(
        decisions=1500,
        customers=1234,
        arms=(Part("policy", 1500, 1.0),),
        offers=(),
        kinds=(),
        channels=(),
        nothing=Part("nothing", 1500, 1.0),
        fallback=Part("fallback", 0, 0.0),
        degraded=Part("degraded", 6, 0.004),
        degraded_parts=(),
        filters=(),
        lowest_selection_probability=0.0125,
        impossible_selection_probabilities=0,
        accepted=None,
        accepted_by_offer=(),
    )
    performance = Performance(600, 540, 84, 9, 12, NOW, NOW, fit, None)
    quality = Quality(columns=(), rows=1234, empty=0, ingest=())
    health, skew = Health(0, None, (), None, ()), Skew(1500, 0, 0, None, None, None)
    after = NOW - timedelta(days=28)
    return Facts("shop", after, NOW, drift, performance, mix, quality, None, Monitoring(), health, skew)


@pytest.fixture(scope="session")
def acting() -> Verdict:
    return conclude([FINE, DEGRADED, EARLY, SHIFTED])


@pytest.fixture(scope="session")
def fine() -> Verdict:
    return conclude([FINE, EARLY])
