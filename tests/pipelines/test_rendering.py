"""What each command found, in words and as a document."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from rich.console import Console

from configs.errors import DataError
from features.ingest import TableSummary
from pipelines import rendering
from pipelines.console import PIPE_WIDTH, Speaker
from pipelines.promote import Promoted
from pipelines.score import BatchScored
from pipelines.session import Session
from pipelines.train import Trained
from serving.answers import FeaturesRef, ModelRef, Score, ScoreAnswer
from training.leaks import Suspect
from training.promotion import Reason, Verdict
from training.tracking import Version

NOW = datetime(2024, 1, 1, tzinfo=UTC)


class Heard:
    """A speaker's two ways of saying one thing."""

    def __init__(self) -> None:
        self._out = {as_json: StringIO() for as_json in (False, True)}

    def speakers(self) -> list[Speaker]:
        quiet = Console(file=StringIO())
        return [Speaker(as_json, Console(file=out, width=PIPE_WIDTH), quiet) for as_json, out in self._out.items()]

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._out[False].getvalue().splitlines()]

    @property
    def document(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self._out[True].getvalue())
        return found


def test_ingestion_tells_why_rows_were_set_aside(ingested: Session) -> None:
    heard = Heard()
    reasons = {"channel: must be one of [email, sms]": 3}
    summary = TableSummary("consents", 10, 6, 3, 1, 0, None, None, reasons, {})
    for say in heard.speakers():
        rendering.ingested(say, ingested.dataset.model_copy(update={"notice": "Made up [for tests]."}), [summary])
    assert heard.lines[1].split() == ["consents", "10", "6", "3", "1", "0"]
    assert heard.lines[2:] == [
        "consents: 3 rows quarantined: channel: must be one of [email, sms]",
        "Note: Made up [for tests].",
    ]
    assert heard.document["tables"][0]["reasons"] == reasons


def test_training_tells_figures_leaks_and_what_could_not_be_trained() -> None:
    heard = Heard()
    version = Version("churn", "3", "run", {"auc": 0.87654, "r2": float("nan")})
    done = [
        Trained("churn", version, 1234, "temporal, 3 folds", (Suspect("exit__told", 0.97),)),
        Trained("value", None, 0, "", (), "value: there is nothing to learn"),
    ]
    for say in heard.speakers():
        rendering.trained(say, done)
    assert heard.lines[0] == "churn version 3: 1,234 rows; auc 0.8765, r2 nan; temporal, 3 folds"
    assert heard.lines[1].startswith("  suspected leak: exit__told alone ranks the label with AUC 0.970")
    assert heard.lines[2] == "value: not trained: value: there is nothing to learn"
    assert heard.document["models"][0]["version"]["metrics"] == {"auc": 0.87654, "r2": None}


def test_promotion_tells_every_check() -> None:
    heard = Heard()
    verdict = Verdict(False, (Reason("ranking", True, "AUC 0.8"), Reason("slices", False, "worst: plan = [basic]")))
    done = [Promoted("churn", "2", "1", "1", verdict), Promoted("value", "1", "1", "1", None),
            Promoted("response", "1", None, "1", Verdict(True, ()))]  # fmt: skip
    for say in heard.speakers():
        rendering.promoted(say, done)
    assert heard.lines == [
        "churn: champion is version 1 (was 1)",
        "  passed  ranking: AUC 0.8",
        "  failed  slices: worst: plan = [basic]",
        "value: champion is version 1 (was 1)",
        "  the latest version is the champion already; `tenure train` makes another",
        "response: champion is version 1 (the first)",
    ]
    assert [one["champion"] for one in heard.document["models"]] == ["1", "1", "1"]


def test_a_score_is_a_line_and_the_services_own_document() -> None:
    heard = Heard()
    features = FeaturesRef("abc", ())
    known = Score("c[1]", True, False, 0.256, "high", 1234.5, None, "none", ("Silent for 40 days",),
                  ModelRef("tenure-churn", "1"), features)  # fmt: skip
    cold = Score("c2", False, True, None, None, None, None, "none", (), None, features)
    moved = replace(known, customer_id="c3", evidence="observational", uplift=-0.0123, uplift_low=-0.02,
                    uplift_high=0.0, uplift_offer_id="[gift]", uplift_channel="email", reasons=())  # fmt: skip
    for say in heard.speakers():
        rendering.scored(say, ScoreAnswer(NOW, (known, cold, moved), ("churn_model",)), "EUR")
    assert heard.lines == [
        "c[1]: risk 25.6% high, at stake 1,234.50 EUR; Silent for 40 days",
        "c2 (not in the records: cold start): risk -, at stake -;",
        "c3: risk 25.6% high, at stake 1,234.50 EUR; moved most by [gift] by email: effect -1.2 points of retention "
        "(-2.0 to +0.0); evidence of effect: observational;",
        "degraded: churn_model",
    ]
    assert heard.document["as_of"] == "2024-01-01T00:00:00Z"


def test_a_batch_names_its_file() -> None:
    heard = Heard()
    for say in heard.speakers():
        rendering.batch_scored(say, BatchScored(2469, Path("/w/scores/now.parquet"), NOW, "4"))
    assert heard.lines == ["2,469 customers as of 2024-01-01T00:00:00Z scored into /w/scores/now.parquet"]
    assert heard.document == {
        "rows": 2469, "path": "/w/scores/now.parquet", "as_of": "2024-01-01T00:00:00Z", "model_version": "4",
    }  # fmt: skip


def test_an_error_has_the_services_shape() -> None:
    found = json.loads(rendering.failed(DataError("two problems", details=["a: b", "c: d"])))
    assert found == {"error": {"code": "data", "message": "two problems", "details": ["a: b", "c: d"]}}
