"""`tenure demo`: once round the loop on real data, told step by step."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from datetime import UTC, datetime

from configs.clock import ENVIRONMENT, fixed
from configs.errors import WorkspaceError
from configs.monitoring import Monitoring
from configs.training import Training
from configs.workspace import Workspace
from pipelines import features, ingest, monitor, promote, second_act, train
from pipelines.client import Service
from pipelines.console import Speaker
from pipelines.households import accepted, riskiest_first, telling
from pipelines.server import running
from pipelines.session import Session, find_dataset, open_session
from pipelines.story import Story
from pipelines.words import decision_lines
from serving.answers import DecideAnswer
from training.promotion import Gate

DATASET = "complete_journey"
DECISION_DAY = datetime(2017, 11, 6, 5, tzinfo=UTC)  # eight weeks before the records end
ASKED = 400  # households decided for over HTTP
SHOWN = 5
MODELS = ("churn", "value", "response")
# Quick rather than best: `tenure train` searches longer.
SETTINGS = Training(trials=2, folds=2, max_rounds=300, threads=min(2, os.cpu_count() or 1))


def run(workspace: Workspace, say: Speaker) -> None:
    """Run the demo into `workspace`. Raises WorkspaceError where it holds decisions already."""
    if workspace.ledger.exists():
        raise WorkspaceError(f"{workspace.root} already holds decisions; give the demo a new --workspace, or delete it")
    story = Story(say)
    story.tell(f"A retention manager's tour, on the day {DECISION_DAY:%d %B %Y}. {find_dataset(DATASET).notice}")
    _ingest(story, workspace)
    session = replace(open_session(workspace), clock=fixed(DECISION_DAY))
    _features(story, session)
    _train(story, session)
    _promote(story, session)
    answers = _serve(story, session)
    _eight_weeks_later(story, workspace)
    _show(story, session, answers)
    told = asdict(second_act.run(workspace, story))
    _close(story, workspace)
    decisions = [asdict(answer) for answer in answers]
    seconds = round(story.seconds(), 1)
    say.document({"workspace": str(workspace.root), "seconds": seconds, "decisions": decisions, "second_act": told})


def _ingest(story: Story, workspace: Workspace) -> None:
    with story.step("Records in: every row is checked, none is dropped in silence") as bar:
        summaries = ingest.run(find_dataset(DATASET), workspace, bar.at)
    for summary in summaries:
        story.tell(f"{summary.kept:>8,} {summary.table} kept, {summary.quarantined} set aside")


def _features(story: Story, session: Session) -> None:
    with story.step("Features: what was known about each household, week by week") as bar:
        report = features.run(session, bar.at)
    story.tell(f"{len(report.views)} groups of features at {report.views[0].computed} instants; the latest is online")


def _train(story: Story, session: Session) -> None:
    with story.step("Models: learn from the past, judged on weeks they had not seen") as bar:
        done = {
            trained.model: trained for trained in train.run(session, MODELS, SETTINGS, bar.at, skip_impossible=False)
        }
    figures = {model: trained.version.metrics for model, trained in done.items() if trained.version}
    story.tell(
        f"lapse (no basket for 8 weeks): AUC {figures['churn']['auc']:.3f}, the riskiest tenth lapses "
        f"{figures['churn']['lift10']:.1f} times as often as the average"
    )
    story.tell("(a lapse, not churn: 82% of those who lapse come back within the year)")
    story.tell(f"value: explains {figures['value']['r2']:.0%} of what households spend in the next 8 weeks")
    story.tell(
        f"coupons: AUC {figures['response']['auc']:.3f} for who redeems a campaign; evidence of effect: none, "
        "because nobody was left out at random"
    )


def _promote(story: Story, session: Session) -> None:
    with story.step("Promotion: a model goes live only if it passes its gate"):
        results = [promote.run(session, model, Gate()) for model in MODELS]
    for result in results:
        for reason in result.verdict.reasons if result.verdict else ():
            story.tell(f"{result.model}: {'passed' if reason.passed else 'FAILED'} {reason.check}: {reason.said}")


def _serve(story: Story, session: Session) -> list[DecideAnswer]:
    households = riskiest_first(session, DECISION_DAY, ASKED)
    with story.step(f"The service: {len(households)} households ask for their next best action over HTTP") as bar:
        bar.at("starting the service")
        log = session.workspace.root / "serve.log"
        with running(session.workspace, log, {ENVIRONMENT: DECISION_DAY.isoformat()}) as url, Service(url) as service:
            answers = []
            for number, household in enumerate(households):
                bar.at("asking", number, len(households))
                answers.append(service.decide(household))
            redeemed = service.send_outcomes(accepted(session, answers, DECISION_DAY))
    offered = sum(answer.offers[0].offer_id is not None for answer in answers)
    held = sum(answer.arm == "holdout" for answer in answers)
    story.tell(
        f"{offered} get an offer, {len(answers) - offered - held} are left alone, {held} are held out to measure"
    )
    story.tell(f"{redeemed} redeemed that very campaign in the weeks that followed; their outcomes came home over HTTP")
    return answers


def _eight_weeks_later(story: Story, workspace: Workspace) -> None:
    session = open_session(workspace)
    with story.step(f"Eight weeks later, {session.clock():%d %B %Y}: was it true?") as bar:
        features.run(session, bar.at)
        bar.at("writing the report")
        report = monitor.run(session, Monitoring(window_days=60.0))
    story.tell(report.verdict.headline)
    for finding in report.verdict.findings:
        story.tell(f"{finding.level}: {finding.what}")


def _show(story: Story, session: Session, answers: list[DecideAnswer]) -> None:
    story.number += 1
    story.say.say(f"\n[bold]{story.number}. Five households, as the service answered[/bold]")
    for answer in telling(answers, SHOWN):
        for line in decision_lines(answer, session.dataset.currency):
            story.tell(line)


def _close(story: Story, workspace: Workspace) -> None:
    root = workspace.root
    story.say.say(f"\nDone in {story.seconds():.0f} s. Look at:")
    story.tell(f"{root / 'report' / 'index.html'}   the monitoring report, in any browser, offline")
    story.tell(f"{workspace.early_warning}   whose risk rose most, by name, with reasons and what to do")
    story.tell(f"make ui WORKSPACE={root / second_act.FOLDER}   the second act's effects: curves, card, evidence")
    story.tell("make ui      runs, curves, calibration, model cards and aliases in MLflow")
    story.tell("make serve   the service on http://127.0.0.1:3000, its API described at /")
    story.tell(f"{root / 'quarantine'}   rows set aside, with the reason for each (none in this data)")
