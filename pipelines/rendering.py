"""What each command found, in words for people and as the one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rich.markup import escape

from pipelines.console import Speaker, to_json

if TYPE_CHECKING:
    from configs.dataset import Dataset
    from configs.errors import TenureError
    from features.ingest import TableSummary
    from features.segmentation.measure import Measured
    from pipelines.evaluation.report import Evaluation
    from pipelines.features import FeaturesReport
    from pipelines.monitor import Monitored
    from pipelines.promote import Promoted
    from pipelines.score import BatchScored
    from pipelines.simulate import Simulated
    from pipelines.status import Status
    from pipelines.train import Trained
    from serving.answers import DecideAnswer, Score, ScoreAnswer

NOTES = 5  # on one model that people are shown


def ingested(say: Speaker, mapping: Dataset, summaries: Sequence[TableSummary]) -> None:
    """Rows by table; what was set aside, and why."""
    names = ("table", "read", "kept", "quarantined", "duplicates", "late")
    say.table(names, [[getattr(summary, name) for name in names] for summary in summaries])
    for summary in summaries:
        for reason, rows in summary.reasons.items():
            say.say(f"{summary.table}: {rows:,} rows quarantined: {escape(reason)}")
    if mapping.notice:
        say.say(f"Note: {escape(mapping.notice)}")
    say.document({"dataset": mapping.name, "tables": [asdict(summary) for summary in summaries]})


def simulated(say: Speaker, done: Simulated) -> None:
    """What the market holds and what to do with it; with a dry run, what would be made."""
    for folder in done.written:
        say.table(("file", "rows"), list(folder.rows.items()))
        kinds = ", ".join(f"{count:,} {name}" for name, count in folder.classes.items())
        say.say(f"of all treatments: {kinds}; the oracle earns {folder.oracle_profit:.2f} per customer and campaign")
    if not done.written:
        one = done.settings[0]
        say.say(f"would simulate {one.customers:,} customers for {one.weeks} weeks, seed {one.seed}")
        say.say(f"campaigns at the beginning of weeks {', '.join(str(week) for week in done.campaigns)}")
    for mapping in done.mappings:
        say.say(f"{'next' if done.written else 'then'}: tenure ingest {escape(str(mapping))}")
    written = [asdict(folder) for folder in done.written]
    say.document({"out": done.out, "campaigns": done.campaigns, "mappings": done.mappings, "written": written})


def computed(say: Speaker, report: FeaturesReport) -> None:
    """Snapshots by feature view, and what is online."""
    names = ("view", "computed", "kept", "rows")
    say.table(names, [[getattr(view, name) for name in names] for view in report.views])
    say.say(_segments(report.segments))
    say.say(f"Online: the snapshot of {_at(report.as_of)}; {report.events:,} events folded in")
    views = [asdict(view) for view in report.views]
    segments = asdict(report.segments)
    say.document({"as_of": report.as_of, "events": report.events, "views": views, "segments": segments})


def _segments(measured: Measured) -> str:
    if measured.at is None or measured.lacking:
        return f"Segments: not told: {measured.lacking}"
    told = [f"{escape(box.label)} ({box.share:.0%})" for box in measured.boxes if box.share is not None]
    behaviour = f"; by behaviour {'; '.join(told)}" if told else ""
    return f"Segments: as measured on {measured.customers:,} customers on {measured.at:%Y-%m-%d}{behaviour}"


def trained(say: Speaker, done: Sequence[Trained]) -> None:
    """Figures by model, on rows it had not seen; warnings; leaks suspected; models that could not be trained."""
    for one in done:
        if one.version is None:
            say.say(f"{one.model}: not trained: {escape(one.refused or '')}")
        else:
            figures = ", ".join(_figures(one.version.metrics))
            say.say(f"{one.model} version {one.version.version}: {one.rows:,} rows; {figures}; {escape(one.how)}")
        for warning in one.warnings[:NOTES]:
            say.say(f"  [yellow]note:[/yellow] {escape(warning)}")
        if len(one.warnings) > NOTES:
            say.say(f"  and {len(one.warnings) - NOTES} more, all in --json")
        for suspect in one.suspects:
            say.say(f"  [yellow]suspected leak:[/yellow] {escape(str(suspect))}")
    say.document({"models": [asdict(one) for one in done]})


def _figures(metrics: Mapping[str, float]) -> Iterator[str]:
    """Each figure, with its interval where it has one."""
    for name, value in metrics.items():
        if name.removesuffix("_low").removesuffix("_high") == name:
            ends = (
                f" ({metrics[f'{name}_low']:.4g} to {metrics[f'{name}_high']:.4g})" if f"{name}_low" in metrics else ""
            )
            yield f"{name} {value:.4g}{ends}"


def promoted(say: Speaker, done: Sequence[Promoted]) -> None:
    """Every check of every verdict, and the champions now."""
    for result in done:
        was = f"was {result.before}" if result.before else "the first"
        say.say(f"{result.model}: champion is version {result.champion or '-'} ({was})")
        if result.challenger is not None and result.verdict is None:
            say.say("  the latest version is the champion already; `tenure train` makes another")
        for reason in result.verdict.reasons if result.verdict else ():
            word = "passed" if reason.passed else "[red]failed[/red]"
            say.say(f"  {word}  {reason.check}: {escape(reason.said)}")
    say.document({"models": [asdict(result) for result in done]})


def batch_scored(say: Speaker, done: BatchScored) -> None:
    """How many were scored, and where the file is."""
    say.say(f"{done.rows:,} customers as of {_at(done.as_of)} scored into {escape(str(done.path))}")
    say.document(asdict(done))


def scored(say: Speaker, answer: ScoreAnswer, currency: str) -> None:
    """A line per customer: risk, stake, reasons."""
    for one in answer.scores:
        say.say(_score_line(one, currency))
    if answer.degraded:
        say.say(f"[yellow]degraded:[/yellow] {', '.join(answer.degraded)}")
    _as_served(say, answer)


def decided(say: Speaker, made: DecideAnswer, currency: str) -> None:
    """The decision in a retention manager's words."""
    from pipelines.words import decision_lines

    for line in decision_lines(made, currency):
        say.say(line)
    _as_served(say, made)


def evaluated(say: Speaker, found: Evaluation) -> None:
    """What a policy is worth, beside what it would replace."""
    from pipelines.evaluation.report import sentences

    for line in sentences(found):
        say.say(escape(line))
    say.document({**asdict(found), "refused": found.refused})


def monitored(say: Speaker, done: Monitored) -> None:
    """What needs a person, where the report is, and whether the webhook was told."""
    report, told = done.report, done.webhook
    say.say(escape(report.verdict.headline))
    for finding in report.verdict.findings:
        say.say(f"  {finding.level}: {escape(finding.what)}")
    say.say(f"Report: {escape(str(report.html))}")
    if told is not None and told.sent:
        say.say(f"Told {escape(told.to)}")
    elif told is not None:
        say.say(f"[yellow]warning:[/yellow] {escape(told.to)} was not told: {escape(told.why or '')}")
    findings = [asdict(finding) for finding in report.verdict.findings]
    found = {"ok": report.verdict.ok, "headline": report.verdict.headline, "findings": findings}
    places = {"html": report.html, "json": report.json, "gauges": done.gauges}
    say.document({**found, **places, "webhook": None if told is None else asdict(told)})


def stated(say: Speaker, found: Status) -> None:
    """What the workspace holds, and the next step."""
    say.say(f"{found.dataset}, as at {_at(found.now)}")
    counts = [(name, table["kept"], table["quarantined"]) for name, table in found.tables.items()]
    say.table(("table", "kept", "quarantined"), counts)
    say.table(("feature view", "snapshots"), list(found.snapshots.items()))
    for name, aliases in found.models.items():
        say.say(f"model {name}: " + ", ".join(f"{alias} is version {version}" for alias, version in aliases.items()))
    say.say("ledger: " + (", ".join(f"{rows:,} {name}" for name, rows in found.ledger.items()) or "empty"))
    say.say(f"next: {found.next_step}")
    say.document(asdict(found))


def failed(error: TenureError) -> str:
    """An error as the one JSON document, in the service's shape."""
    return to_json({"error": {"code": error.code, "message": error.message, "details": error.details}})


def _score_line(one: Score, currency: str) -> str:
    known = "" if one.known else " (not in the records: cold start)"
    risk = "-" if one.p_churn is None else f"{one.p_churn:.1%} {one.risk_band}"
    stake = "-" if one.value_at_stake is None else f"{one.value_at_stake:,.2f} {currency}"
    return escape(
        f"{one.customer_id}{known}: risk {risk}, at stake {stake}{_moved(one, currency)}; {'; '.join(one.reasons)}"
    )


def _moved(one: Score, currency: str) -> str:
    """What moves the customer most; nothing where there is no evidence that anything does."""
    from pipelines.words import effect

    if one.evidence == "none":
        return ""
    return f"; moved most by {one.uplift_offer_id} by {one.uplift_channel}: {effect(one, one.evidence, currency)}"


def _as_served(say: Speaker, answer: ScoreAnswer | DecideAnswer) -> None:
    """The same JSON as the service's."""
    if say.as_json:
        from serving.answers import to_json as as_served

        say.document(json.loads(as_served(answer)))


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
