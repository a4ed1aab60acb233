"""Pega's decision extract, in the column names that pdstools' DecisionAnalyzer reads: a row per action and decision.

What was filtered stands under the stage that refused it, what was ranked under Arbitration, what was made under Output;
nothing is no row. Priority is the net value; Pega knows it as a product of four factors, so Weight is what the lever
multiplies the rest by, and Value what an acceptance is worth without it. Source: the class DecisionAnalyzer of
pdstools 5, its column_schema and stage_grouping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Literal

import pyarrow as pa

from pipelines.export.logged import Cell, Logged
from pipelines.export.tables import write_rows

APPLICATION, ISSUE = "Tenure", "Retention"
ARBITRATION = 3800  # where pdstools puts the stage, which divides those before from those after
STAGES = {  # in the order in which a decision passes them, with the groups by which Pega tells them, budgets apart
    "validity": "AvailableActions",
    "excluded": "EngagementPolicies",
    "eligibility": "EngagementPolicies",
    "consent": "JourneysContactPolicies",
    "preference": "JourneysContactPolicies",
    "quiet_hours": "JourneysContactPolicies",
    "rest": "JourneysContactPolicies",
    "contact_cap": "JourneysContactPolicies",
    "do_not_disturb": "ActionPropensity",
    "budget": "Budgets",
}
ORDER = {stage: 100 * (at + 1) for at, stage in enumerate(STAGES)}
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
        ("pyApplication", pa.string()),
        ("pyApplicationVersion", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class _Stage:
    name: str
    group: str
    order: int
    record: Literal["FILTERED_OUT", "OUTPUT"] = "FILTERED_OUT"
    component: str = "Filter"


MADE = _Stage("Output", "Output", 10_000, "OUTPUT", "Results")
RANKED = _Stage("Arbitration", "Arbitration", ARBITRATION, component="Prioritize")


def write(decisions: Iterable[Logged], path: Path) -> int:
    """Write the extract as Parquet; of how many decisions. The file appears whole or not at all.

    Raises StoreUnavailable.
    """
    return write_rows(decisions, lambda one: (*_filtered(one), *_ranked(one)), SCHEMA, path)


def factors(p_accept: float, net_value: float, lever: float) -> tuple[float | None, float, float]:
    """FinalPropensity, Value and Weight, whose product is the net value.

    Without a chance of acceptance there is no propensity to multiply by; where a lever is all that there is, but for
    rounding, it cannot multiply anything, and is part of the value.
    """
    rest = net_value - lever
    value, weight = (net_value, 1.0) if isclose(net_value, lever) else (rest, net_value / rest)
    return (p_accept, value / p_accept, weight) if p_accept else (None, value, weight)


def _filtered(one: Logged) -> Iterator[dict[str, object]]:
    for refused in one.filtered:
        name = str(refused["stage"])
        stage = _Stage(name, STAGES.get(name, name), ORDER.get(name, ARBITRATION - 1))
        yield {**_common(one, refused["offer_id"], refused["channel"], stage), "pxComponentName": refused["reason"]}


def _ranked(one: Logged) -> Iterator[dict[str, object]]:
    actions, nothing = one.actions, one.actions["offer_id"][one.chosen] is None
    for at, offer_id in enumerate(actions["offer_id"]):
        if offer_id is None:
            continue
        made = at in one.made
        propensity, value, weight = factors(
            *[_number(actions[name][at]) for name in ("p_accept", "net_value", "lever")]
        )
        yield {
            **_common(one, str(offer_id), _text(actions["channel"][at]), MADE if made else RANKED),
            "pxComponentName": "made" if made else "nothing came first" if nothing else "another came first",
            "Value": value,
            "ContextWeight": 1.0,
            "Weight": weight,
            "FinalPropensity": propensity,
            "Priority": actions["net_value"][at],
        }


def _common(one: Logged, offer_id: str | None, channel: str | None, stage: _Stage) -> dict[str, object]:
    return {
        "pxRecordType": stage.record,
        "pxInteractionID": one.decision_id,
        "pxDecisionTime": one.decided_at.replace(tzinfo=None),
        "Primary_pySubjectID": one.customer_id,
        "Primary_pySubjectType": "Customer",
        "pyIssue": ISSUE,
        "pyGroup": one.kinds.get(offer_id or "") or "unknown",
        "pyName": offer_id,
        "pyTreatment": f"{offer_id} by {channel}" if channel else offer_id,
        "Primary_ContainerPayload_Channel": channel or "any",
        "Primary_ContainerPayload_Direction": "Inbound" if channel in INBOUND else "Outbound",
        "Stage_pyName": stage.name,
        "Stage_pyStageGroup": stage.group,
        "Stage_pyOrder": stage.order,
        "pxStrategyName": one.arm,
        "pxComponentType": stage.component,
        "pyApplication": APPLICATION,
        "pyApplicationVersion": one.policy_version,
    }


def _number(value: Cell) -> float:
    return float(value or 0.0)


def _text(value: Cell) -> str | None:
    return None if value is None else str(value)
