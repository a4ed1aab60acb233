"""`tenure monitor` as a command: what it found, told to people, to Prometheus and to a webhook."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

from configs.artefact import REFERENCE
from configs.workspace import Workspace
from pipelines.champions import champion_folder
from pipelines.session import Session
from tests.monitoring.alerts.receiver import answering, hanging, receiving
from tests.pipelines import decisions
from tests.pipelines.test_cli import run

GONE = "The model is not getting what it was trained on: gone (x)."
PATH = "/services/token-2?key=token-3"
SECRETS = ("token-2", "token-3", "secret-5")
DECIDED, LATER = "2017-11-07T00:00:00Z", "2023-11-07T00:00:00Z"


@pytest.fixture(scope="module")
def workspace(ingested: Session, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One whose model learned from an input that no decision was served with: when they are new, that needs action."""
    made = Workspace(tmp_path_factory.mktemp("monitored") / "workspace")
    shutil.copytree(ingested.workspace.root, made.root)
    decisions.models(made)
    decisions.make(made, ["c5", "c40"])
    learned = pd.DataFrame({"x__days": [1.0, 2.0], "x__plan": "gold", "x__gone": 1.0, "p_churn": 0.2})
    learned.to_parquet(champion_folder(made, "churn") / REFERENCE)
    return made


@dataclass(frozen=True)
class Command:
    """`tenure monitor` on the workspace, in an environment of its own."""

    workspace: Workspace
    environment: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    folder: Path

    def __call__(self, url: str, *words: str, now: str = DECIDED, settings: str = "") -> tuple[int, str, str]:
        self.environment.setenv("TENURE_WEBHOOK_URL", url)
        self.environment.setenv("TENURE_WEBHOOK_SECRET", "secret-5")
        self.environment.setenv("TENURE_NOW", now)
        (self.folder / "monitoring.yaml").write_text(settings)
        where = ("--workspace", self.workspace.root, "--settings", self.folder / "monitoring.yaml")
        return run(self.capture, "monitor", *where, *words)


@pytest.fixture
def monitor(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    return Command(workspace, monkeypatch, capfd, tmp_path)


def test_what_needs_action_is_told_to_all(monitor: Command) -> None:
    monitor.environment.setenv("TENURE_REPORT_URL", "https://reports.example.com/shop")
    with receiving(answering(500), answering(202)) as receiver:
        code, out, _ = monitor(receiver.url + PATH, "--json")
    document = json.loads(out)
    assert (code, document["ok"]) == (1, False)
    assert document["webhook"] == {"to": f"{receiver.url}/...", "sent": True, "why": None, "tries": 2}
    sent = receiver.got[-1].document
    assert (sent["dataset"], sent["window_end"], sent["headline"]) == ("small_company", DECIDED, document["headline"])
    assert sent["findings"][0] == {
        **document["findings"][0],
        "what": GONE,
        "page": "https://reports.example.com/shop/data.html",
    }
    families = {one.name: one for one in text_string_to_metric_families(Path(document["gauges"]).read_text())}
    assert families["tenure_monitor_ok"].samples[0].value == 0


def test_a_webhook_that_hangs_costs_neither_report_nor_exit_code(monitor: Command) -> None:
    with receiving(hanging) as receiver:
        code, out, err = monitor(receiver.url + PATH, settings="webhook: {deadline_seconds: 0.5}")
    assert (code, err) == (1, f"error: {out.splitlines()[0]}\n")
    said = rf"^warning: {re.escape(receiver.url)}/\.\.\. was not told: no answer within 0\.\d+ s \(1 try\)$"
    assert re.search(said, out, re.MULTILINE)
    report = monitor.workspace.report
    assert GONE in (report / "index.html").read_text()
    texts = [out, err, *(path.read_text() for path in report.rglob("*.*") if path.is_file())]
    assert [secret for secret in SECRETS if any(secret in text for text in texts)] == []


@pytest.mark.parametrize(("when", "told"), [("act", 0), ("always", 1)])
def test_that_all_is_well_is_told_where_it_is_asked_for(monitor: Command, when: str, told: int) -> None:
    with receiving(answering(200)) as receiver:
        code, out, _ = monitor(receiver.url, "--json", now=LATER, settings=f"webhook: {{when: {when}}}")
    assert (code, len(receiver.got), json.loads(out)["webhook"] is not None) == (0, told, bool(told))


def test_an_address_that_is_none_is_told_before_the_work(monitor: Command) -> None:
    code, out, err = monitor("hooks.example.com/token-2", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (2, "config")
    assert "TENURE_WEBHOOK_URL: must be an address such as" in err
    assert "token-2" not in out + err
