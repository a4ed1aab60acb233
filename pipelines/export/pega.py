"""Pega's decision extract, in the column names that pdstools' DecisionAnalyzer reads: a row per action and decision.

What was filtered stands under the stage that refused it, what was ranked under Arbitration, what was done under Final.
Value is what an acceptance brings, Weight the levers, Priority the net value; nothing is no row. Source: the class
DecisionAnalyzer of pdstools 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from configs.workspace import replacing
from pipelines.export.logged import Logged

ISSUE = "Retention"
STAGES = (  # in the order in which a decision passes them
    "validity",
    "excluded",
    "eligibility",
    "consent",
    "preference",
    "quiet_hours",
    "rest",
    "contact_cap",
    "do_not_disturb",
    "budget",
    "Arbitration",
    "Final",
)
INBOUND = ("app", "web", "chat", "store")
SCHEMA = pa.schema(
    [
        ("pxRecordType", pa.string()),
        ("pxInteractionID", pa.string()),
        ("pxDecisionTime", pa.timestamp("us")),
        ("Primary_pySubjectID", pa.string()),
        ("Primary_pySubjectType", pa.string()),
        ("pyIssue", pa.string()),
        ("pyGroup", pa.string()),
        ("pyName", pa.string()),
        ("pyTreatment", pa.string()),
        ("Primary_ContainerPayload_Channel", pa.string()),
        ("Primary_ContainerPayload_Direction", pa.string()),
        ("Stage_pyName", pa.string()),
        ("Stage_pyStageGroup", pa.string()),
        ("Stage_pyOrder", pa.int32()),
        ("pxStrategyName", pa.string()),
        ("pxComponentName", pa.string()),
        ("pxComponentType", pa.string()),
        ("Value", pa.float64()),
        ("ContextWeight", pa.float64()),
        ("Weight", pa.float64()),
        ("FinalPropensity", pa.float64()),
        ("Priority", pa.float32()),
    ]
)


def write(decisions: Sequence[Logged], path: Path) -> None:
    """Write the extract as Parquet; the file appears whole or not at all. Raises StoreUnavailable."""
    rows = [row for one in decisions for row in (*_filtered(one), *_ranked(one))]
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), temporary)


def _filtered(one: Logged) -> Iterator[dict[str, object]]:
    for refused in one.filtered:
        yield {
            **_common(one, refused["offer_id"], refused["channel"], str(refused["stage"])),
            "pxRecordType": "FILTERED_OUT",
            "pxComponentName": refused["reason"],
        }


def _ranked(one: Logged) -> Iterator[dict[str, object]]:
    for at, offer_id in enumerate(one.actions["offer_id"]):
        if offer_id is None:
            continue
        done = at == one.chosen
        yield {
            **_common(one, str(offer_id), _text(one.actions["channel"][at]), "Final" if done else "Arbitration"),
            "pxRecordType": "OUTPUT" if done else "FILTERED_OUT",
            "pxComponentName": "chosen" if done else "ranked below",
            "Value": one.actions["margin"][at],
            "ContextWeight": 1.0,
            "Weight": one.actions["lever"][at],
            "FinalPropensity": one.actions["p_accept"][at],
            "Priority": one.actions["net_value"][at],
        }


def _common(one: Logged, offer_id: str | None, channel: str | None, stage: str) -> dict[str, object]:
    return {
        "pxInteractionID": one.decision_id,
        "pxDecisionTime": one.decided_at.replace(tzinfo=None),
        "Primary_pySubjectID": one.customer_id,
        "Primary_pySubjectType": "Customer",
        "pyIssue": ISSUE,
        "pyGroup": one.arm,
        "pyName": offer_id,
        "pyTreatment": f"{offer_id} by {channel}" if channel else offer_id,
        "Primary_ContainerPayload_Channel": channel or "any",
        "Primary_ContainerPayload_Direction": "Inbound" if channel in INBOUND else "Outbound",
        "Stage_pyName": stage,
        "Stage_pyStageGroup": "Engagement policies" if stage in STAGES[:-2] else stage,
        "Stage_pyOrder": STAGES.index(stage) if stage in STAGES else len(STAGES),
        "pxStrategyName": one.policy_version,
        "pxComponentType": "Filter" if stage in STAGES[:-2] else "Prioritize",
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
