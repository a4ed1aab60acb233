from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.errors import DataError, StoreUnavailable
from configs.workspace import Workspace
from monitoring.drift.size import Redecided
from monitoring.health.arms import Assigned
from monitoring.health.health import Experiment
from monitoring.health.lift import Compared
from monitoring.run import MonitorReport, Sources, monitor
from monitoring.skew.skew import Joined
from tests.monitoring.warning.watching import Watching, scored


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def sources(world, workspace, ledger) -> Sources:
    reference = workspace.root / "reference.parquet"
    world.customers(1500, 1).to_parquet(reference)
    return Sources(ledger, reference, world.labels({}), world.measure)


@pytest.fixture
def run(world, workspace, settings, sources):
    def run(sources: Sources = sources, **changed: float) -> MonitorReport:
        return monitor(workspace, sources, settings.model_copy(update=changed), title="shop", now=world.now)

    return run


def test_once_round_with_nothing_wrong(world, ledger, sources, run) -> None:
    recent, old = world.customers(600, 2), world.customers(900, 3)
    world.serve(ledger, recent)
    world.serve(ledger, old, days_ago=60, prefix="old")
    truth = {f"old{i}": p for i, p in enumerate(old["p_churn"])} | {f"c{i}": 0.0 for i in range(600)}
    report = run(replace(sources, labels=world.labels(truth)))
    assert (report.verdict.ok, report.verdict.headline) == (True, "All is well")
    assert (report.facts.mix.decisions, report.facts.drift.current_rows) == (600, 600)
    assert (report.facts.performance.matured, report.facts.performance.waiting) == (900, 600)
    assert json.loads(report.json.read_text())["ok"] is True
    assert "All is well" in report.html.read_text()
    assert sorted(p.name for p in report.html.parent.iterdir()) == [
        "alert.schema.json", "data", "data.html", "drift.html", "evidently", "index.html", "policy.html",
        "predictions.html", "report.json", "report.schema.json", "site.css", "skew.html",
    ]  # fmt: skip


def test_it_says_what_is_being_done(world, ledger, workspace, settings, sources) -> None:
    world.serve(ledger, world.customers(600, 2))
    said: list[str] = []
    monitor(workspace, sources, settings, title="shop", now=world.now, progress=said.append)
    assert (said[0], said[-1], len(set(said))) == ("reading what was served", "writing the report", 7)


def test_drift_and_miscalibration_need_action(world, ledger, sources, run) -> None:
    drifted, old = world.customers(600, 2, shift=0.6), world.customers(900, 3)
    world.serve(ledger, drifted)
    world.serve(ledger, old, days_ago=60, prefix="old")
    truth = {f"old{i}": min(1.0, 2.5 * p) for i, p in enumerate(old["p_churn"])} | {f"c{i}": 0.0 for i in range(600)}
    report = run(replace(sources, labels=world.labels(truth)))
    assert not report.verdict.ok
    assert {(f.level, f.what.split(":")[0]) for f in report.verdict.findings if f.level != "good"} == {
        ("act", "The predicted risks have shifted."),
        ("watch", "Customers differ from those the model learned from"),
        ("act", "The predicted risks do not match what happened."),
    }


def test_a_drift_that_changes_decisions_needs_action(world, ledger, sources, run) -> None:
    """Every decision becomes another without the drift of recency; without p_churn served, no shift of it is seen."""
    world.serve(ledger, world.customers(600, 2, shift=0.6).drop(columns="p_churn"))
    asked: list[set[str]] = []

    def redecide(decision_ids, changed):
        asked.append(set(changed))
        return [Redecided(0.1, "offer" if changed else "nothing", 1.0) for _ in decision_ids]

    report = run(replace(sources, labels=world.labels({f"c{i}": 0.0 for i in range(600)}), redecide=redecide))
    assert asked == [set(), {"purchases__days_since_last"}]
    (size,) = report.facts.drift.sizes
    assert (size.decisions, size.moved.value) == (300, 1.0)
    (drift,) = [f for f in report.verdict.findings if f.page == "drift"]
    assert (drift.level, drift.size) == (
        "act", "1 of 3 columns; it moves the mean risk by +0.0 points, 100% of decisions, expected profit by +0.0%",
    )  # fmt: skip


def test_batch_scores_are_held_against_labels_too(world, ledger, sources, run) -> None:
    scored = world.customers(500, 4)[["p_churn"]].assign(
        customer_id=[f"b{i}" for i in range(500)], as_of=pd.Timestamp(world.now) - pd.Timedelta(days=90)
    )
    world.serve(ledger, world.customers(300, 2))
    truth = dict(zip(scored["customer_id"], scored["p_churn"], strict=True)) | {f"c{i}": 0.0 for i in range(300)}
    performance = run(replace(sources, labels=world.labels(truth), predictions=scored)).facts.performance
    assert (performance.matured, performance.waiting) == (500, 300)


def test_of_many_predictions_whole_customers_are_looked_at_and_the_page_says_so(world, ledger, sources, run) -> None:
    scored = world.customers(2000, 4)[["p_churn"]].assign(
        customer_id=[f"b{i}" for i in range(2000)], as_of=pd.Timestamp(world.now) - pd.Timedelta(days=90)
    )
    world.serve(ledger, world.customers(300, 2))
    truth = dict(zip(scored["customer_id"], scored["p_churn"], strict=True)) | {f"c{i}": 0.0 for i in range(300)}
    given = replace(sources, labels=world.labels(truth), predictions=scored, scored=5000)
    report = run(given, judged=1000)
    performance = report.facts.performance
    assert performance.matured + performance.waiting == 1000
    assert performance.of == 5300
    page = (report.html.parent / "predictions.html").read_text()
    assert page.count("1,000 predictions of 5,300: all of some customers") >= 1


def test_a_join_of_other_values_needs_action(world, ledger, sources, run) -> None:
    def rejoin(served):
        other = [replace(one, values={**one.values, "subscription__plan": "gold"}) for one in served]
        return [Joined((one,), one.as_of) for one in other]

    world.serve(ledger, world.customers(600, 2))
    report = run(replace(sources, labels=world.labels({f"c{i}": 0.0 for i in range(600)}), rejoin=rejoin))
    (found,) = [f for f in report.verdict.findings if f.page == "skew"]
    assert (found.level, found.size) == ("act", "500 vectors of 500; 1 feature")
    assert found.what.endswith("would see: plan (subscription).")


def test_arms_that_do_not_fit_need_action_whatever_the_window_holds(world, sources, run) -> None:
    since = world.now - timedelta(days=365)
    assigned = Assigned(since, {"policy": 500, "holdout": 100}, {"policy": 0.95, "holdout": 0.05})
    refused = Compared("profit", since, refused="no customer's horizon has passed yet")
    report = run(replace(sources, experiment=lambda: Experiment(assigned, (refused,))))
    assert not report.verdict.ok
    said = (report.html.parent / "policy.html").read_text()
    assert "Customers per arm do not fit the shares" in said
    assert "Profit: not told, as no customer&#39;s horizon has passed yet." in said


def test_the_early_warning_is_a_page_and_a_list_that_lasts_until_the_next_run(workspace, sources, run) -> None:
    rising = Watching(scored([0.2] * 30 + [0.0] * 170, [10.0] * 200))
    report = run(replace(sources, watch=rising))
    assert (report.facts.warning.rose, len(workspace.early_warning.read_text().splitlines())) == (30, 31)
    assert "Whose risk rose most, and what to do?" in (report.html.parent / "early-warning.html").read_text()
    assert not [file for file in report.html.parent.rglob("*.*") if "c17," in file.read_text()]
    lacking = run(replace(sources, watch=Watching(None)))
    assert workspace.early_warning.exists() is False
    assert "two snapshots about 28 days apart" in (lacking.html.parent / "early-warning.html").read_text()


def test_a_list_that_cannot_be_written_is_told_and_leaves_the_old_report(workspace, sources, run) -> None:
    before = run().html.read_bytes()
    workspace.early_warning.mkdir()
    with pytest.raises(StoreUnavailable, match=r"early-warning\.csv cannot be written"):
        run(replace(sources, watch=Watching(scored([0.2] * 30))))
    assert (workspace.report / "index.html").read_bytes() == before


def test_decisions_of_the_future_are_counted_and_in_no_figure(world, ledger, sources, run) -> None:
    world.serve(ledger, world.customers(5), days_ago=-2.0, days=1.0)
    report = run()
    assert (report.facts.health.later, report.facts.mix.decisions) == (5, 0)
    (found,) = [f for f in report.verdict.findings if "after the instant" in f.what]
    assert (found.level, found.size) == ("watch", "5 decisions")


def test_an_empty_window_is_reported_not_crashed_on(run) -> None:
    report = run()
    assert report.verdict.headline == "Nothing needs action; 1 thing to watch; 2 checks waiting for data"
    assert "No decision was made in this window." in report.html.read_text()


@pytest.mark.parametrize(
    ("change", "level"),
    [
        (lambda f: f.head(1), "wait"),
        (lambda f: f.drop(columns="purchases__spend_8w"), "act"),
        (lambda f: f.drop(columns="p_churn"), "act"),
        (lambda f: f.assign(purchases__spend_8w=np.nan), "act"),
        (lambda f: f.assign(purchases__spend_8w="n/a"), "act"),
        (lambda f: f.assign(subscription__plan=7), "act"),
        (
            lambda f: f.assign(purchases__days_since_last=f["purchases__days_since_last"].round().astype("Int64")),
            "wait",
        ),
        (lambda f: f.assign(**dict.fromkeys(f.columns)), "wait"),
    ],
    ids=["one row", "gone", "no score", "all null", "text in number", "number in category", "Int64", "nothing known"],
)
def test_bad_input_is_reported_not_crashed_on(world, ledger, sources, run, change, level: str) -> None:
    world.serve(ledger, change(world.customers(400, 2)))
    report = run(replace(sources, labels=world.labels({f"c{i}": 0.0 for i in range(400)})))
    assert level in {finding.level for finding in report.verdict.findings}
    assert json.loads(report.json.read_text())["ok"] == (level != "act")


def test_labels_not_matured_say_when_they_will_be(world, ledger, sources, run) -> None:
    world.serve(ledger, world.customers(300, 2), days=10)
    report = run(replace(sources, labels=world.labels({f"c{i}": 0.5 for i in range(300)})))
    assert report.facts.performance.fit is None
    said = "from 22 December 2017 to 1 January 2018"
    assert said in (report.html.parent / "predictions.html").read_text()


def test_reports_that_cannot_be_written_fail_before_the_work(workspace, sources, run) -> None:
    workspace.report.write_text("a file where the directory should be")
    with pytest.raises(StoreUnavailable, match=r"cannot be written: .*(File exists|Not a directory)"):
        run(replace(sources, reference=Path("nowhere")))


def test_a_disk_that_fills_up_half_way_is_told_and_keeps_the_old_report(world, ledger, workspace, sources, run) -> None:
    def full(*_: object) -> dict[str, float]:
        raise OSError(28, "No space left on device")

    world.serve(ledger, world.customers(300, 2))
    labels = world.labels({f"c{i}": 0.0 for i in range(300)})
    before = run(replace(sources, labels=labels)).html.read_bytes()
    with pytest.raises(StoreUnavailable, match="No space left on device"):
        run(replace(sources, labels=labels, measure=full))
    assert (workspace.report / "index.html").read_bytes() == before


def test_no_reference_says_what_to_do(sources, run) -> None:
    with pytest.raises(DataError, match="`tenure train` writes it"):
        run(replace(sources, reference=Path("nowhere.parquet")))


def test_the_same_inputs_give_the_same_report(world, ledger, sources, run) -> None:
    world.serve(ledger, world.customers(300, 2))
    again = replace(sources, labels=world.labels({f"c{i}": 0.0 for i in range(300)}))
    assert run(again).json.read_text() == run(again).json.read_text()
