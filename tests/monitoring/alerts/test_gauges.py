"""Gauges as Prometheus reads them."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from configs.errors import StoreUnavailable
from monitoring.alerts.gauges import Gauges, write_gauges
from monitoring.facts import Facts
from monitoring.verdict import Verdict
from tests.monitoring.alerts.conftest import DEGRADED

RAN_AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
Samples = dict[tuple[str, ...], float]


def read(text: str) -> Samples:
    """Values by name and labels, the dataset's aside; all are gauges with a help line."""
    families = list(text_string_to_metric_families(text))
    assert [one.name for one in families if one.type != "gauge" or not one.documentation] == []
    samples: Samples = {}
    for sample in (sample for family in families for sample in family.samples):
        labels = [sample.labels[name] for name in ("page", "level") if name in sample.labels]
        assert (sample.labels["dataset"], sample.timestamp) == ("shop", None)
        samples[sample.name, *labels] = sample.value
    return samples


def test_every_gauge(facts: Facts, acting: Verdict, tmp_path: Path) -> None:
    path = write_gauges(Gauges(facts, acting, RAN_AT), tmp_path)
    assert path == tmp_path / "metrics.prom"
    assert read(path.read_text()) == {
        ("tenure_monitor_ok",): 0,
        ("tenure_monitor_last_run_timestamp_seconds",): 1795694400,
        ("tenure_monitor_window_end_timestamp_seconds",): 1509960600,
        ("tenure_monitor_findings", "act"): 1,
        ("tenure_monitor_findings", "watch"): 1,
        ("tenure_monitor_findings", "wait"): 1,
        ("tenure_monitor_findings", "good"): 1,
        ("tenure_monitor_finding", "drift#columns", "act"): 1,
        ("tenure_monitor_finding", "policy", "watch"): 1,
        ("tenure_checked_columns",): 2,
        ("tenure_drifted_columns",): 1,
        ("tenure_matured_predictions",): 600,
        ("tenure_auc",): 0.81,
        ("tenure_auc_low",): 0.78,
        ("tenure_auc_high",): 0.84,
        ("tenure_calibration_error",): 0.013,
        ("tenure_calibration_error_by_chance",): 0.021,
        ("tenure_window_decisions",): 1500,
        ("tenure_window_degraded_ratio",): 0.004,
    }


def test_what_is_not_known_makes_no_series(facts: Facts, fine: Verdict, tmp_path: Path) -> None:
    unknown = replace(
        facts, performance=replace(facts.performance, fit=None, matured=0), mix=replace(facts.mix, decisions=0)
    )
    found = read(write_gauges(Gauges(unknown, fine, RAN_AT), tmp_path).read_text())
    assert (found["tenure_monitor_ok",], found["tenure_monitor_findings", "act"]) == (1, 0)
    assert (found["tenure_matured_predictions",], found["tenure_window_decisions",]) == (0, 0)
    absent = ("tenure_auc", "tenure_calibration", "tenure_window_degraded_ratio", "tenure_monitor_finding")
    assert [key for key in found if key[0].startswith(absent) and key[0] != "tenure_monitor_findings"] == []


def test_a_figure_that_is_no_number_makes_no_series(facts: Facts, fine: Verdict, tmp_path: Path) -> None:
    fit = replace(facts.performance.fit, ece=math.nan)
    odd = replace(facts, performance=replace(facts.performance, fit=fit))
    found = read(write_gauges(Gauges(odd, fine, RAN_AT), tmp_path).read_text())
    assert (("tenure_calibration_error",) in found, ("tenure_auc",) in found) == (False, True)


def test_findings_of_one_page_are_counted(facts: Facts, tmp_path: Path) -> None:
    text = write_gauges(Gauges(facts, Verdict((DEGRADED, DEGRADED)), RAN_AT), tmp_path).read_text()
    assert read(text)["tenure_monitor_finding", "policy", "watch"] == 2


def test_a_dataset_may_have_any_name(facts: Facts, fine: Verdict, tmp_path: Path) -> None:
    name = 'a "shop" \\ of\nwords'
    text = write_gauges(Gauges(replace(facts, title=name), fine, RAN_AT), tmp_path).read_text()
    labels = {sample.labels["dataset"] for one in text_string_to_metric_families(text) for sample in one.samples}
    assert labels == {name}


def test_names_keep_to_prometheus_conventions(facts: Facts, acting: Verdict) -> None:
    names = [family.name for family in Gauges(facts, acting, RAN_AT).collect()]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"tenure(_[a-z]+)+", name)] == []
    reserved = ("_total", "_count", "_sum", "_bucket", "_info", "_milliseconds", "_days", "_percent", "_gauge")
    assert [name for name in names if name.endswith(reserved)] == []


def test_the_file_is_replaced_in_one_step(facts: Facts, acting: Verdict, fine: Verdict, tmp_path: Path) -> None:
    for verdict in (acting, fine):
        write_gauges(Gauges(facts, verdict, RAN_AT), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.prom"]
    assert "tenure_monitor_ok{" in (tmp_path / "metrics.prom").read_text()


def test_a_place_that_cannot_be_written_is_told(facts: Facts, fine: Verdict, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="reports cannot be written here: No such file or directory"):
        write_gauges(Gauges(facts, fine, RAN_AT), tmp_path / "nowhere")
