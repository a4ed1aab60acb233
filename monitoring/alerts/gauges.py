"""What a run found as gauges, in a file that node_exporter's textfile collector reads."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from monitoring.alerts.alert import ASKING
from monitoring.drift.drift import DriftResult
from monitoring.facts import Facts
from monitoring.health.mix import Mix
from monitoring.performance.matured import Performance
from monitoring.site.elements import LEVELS
from monitoring.site.write import writing
from monitoring.verdict import Verdict

FILE = "metrics.prom"
Plain = tuple[str, str, float]
"""Name, what it is, and its value."""
Value = tuple[tuple[str, ...], float]
"""Values of the labels, and the gauge's own."""


@dataclass(frozen=True, eq=False)  # a registry hashes its collectors, and facts hold mappings
class Gauges(Collector):
    """One run's figures, each with the dataset as label; one that is not known makes no series.

    `ran_at` is the wall clock's, whatever instant the run was made for. Values stand in no store of prometheus_client,
    which would write files of its own once Feast has set PROMETHEUS_MULTIPROC_DIR.
    """

    facts: Facts
    verdict: Verdict
    ran_at: datetime

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge."""
        facts, found = self.facts, self.verdict.findings
        plain = (*self._run(), *_drift(facts.drift), *_performance(facts.performance), *_decisions(facts.mix))
        for name, said, value in plain:
            if math.isfinite(value):
                yield self._family(name, said, (), [((), value)])
        levels = Counter(finding.level for finding in found)
        by_level = (((level,), levels[level]) for level in LEVELS)
        yield self._family("tenure_monitor_findings", "Findings by level", ("level",), by_level)
        pages = Counter((finding.page, finding.level) for finding in found if finding.level in ASKING)
        said = "Findings that need action or watching, by the page to read"
        yield self._family("tenure_monitor_finding", said, ("page", "level"), pages.items())

    def _run(self) -> Iterator[Plain]:
        yield "tenure_monitor_ok", "1 where nothing needs action, else 0", float(self.verdict.ok)
        yield "tenure_monitor_last_run_timestamp_seconds", "When the last run ended", self.ran_at.timestamp()
        end = self.facts.now.timestamp()
        yield "tenure_monitor_window_end_timestamp_seconds", "The end of the window that the run looked at", end

    def _family(self, name: str, said: str, labels: tuple[str, ...], values: Iterable[Value]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, said, labels=("dataset", *labels))
        for held, value in values:
            family.add_metric((self.facts.title, *held), value)
        return family


def write_gauges(gauges: Gauges, report: Path) -> Path:
    """Write `metrics.prom` into the directory `report` in one step and give its path. Raises StoreUnavailable."""
    registry = CollectorRegistry()
    registry.register(gauges)
    with writing(report):
        write_to_textfile(str(report / FILE), registry)
    return report / FILE


def _drift(drift: DriftResult) -> Iterator[Plain]:
    yield "tenure_checked_columns", "Model inputs and p_churn that could be judged for drift", len(drift.checked)
    yield "tenure_drifted_columns", "Of those checked, the ones that drifted", len(drift.drifted)


def _performance(performance: Performance) -> Iterator[Plain]:
    yield "tenure_matured_predictions", "Predictions whose label has matured", performance.matured
    if (fit := performance.fit) is None:
        return
    yield "tenure_auc", "AUC of p_churn on matured labels", fit.auc.value
    yield "tenure_auc_low", "Lower end of the 95% interval of the AUC", fit.auc.low
    yield "tenure_auc_high", "Upper end of the 95% interval of the AUC", fit.auc.high
    yield "tenure_calibration_error", "Expected calibration error of p_churn on matured labels", fit.ece
    by_chance = "What a perfect model's calibration error would stay under 19 times in 20"
    yield "tenure_calibration_error_by_chance", by_chance, fit.ece_by_chance


def _decisions(mix: Mix) -> Iterator[Plain]:
    yield "tenure_window_decisions", "Decisions made in the window", mix.decisions
    if mix.decisions:
        said = "Share of the window's decisions made without something they needed"
        yield "tenure_window_degraded_ratio", said, mix.degraded.share
