"""Vowpal Wabbit's dsjson: a line per decision, as `vw --dsjson --cb_explore_adf` reads it.

Costs are rewards with the sign turned. Source: Vowpal Wabbit's wiki, "DSJSON format".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path

from configs.workspace import replacing
from pipelines.export.logged import Cell, Logged


def write(decisions: Sequence[Logged], path: Path) -> None:
    """Write a line per decision; the file appears whole or not at all. Raises StoreUnavailable."""
    with replacing(path) as temporary:
        temporary.write_text("".join(f"{json.dumps(_line(one))}\n" for one in decisions), encoding="utf-8")


def _line(one: Logged) -> dict[str, object]:
    count = len(one.names)
    order = [one.chosen, *(at for at in range(count) if at != one.chosen)]  # the first is what was done
    probabilities = [float(one.actions["selection_probability"][at] or 0.0) for at in order]
    cost = -(one.reward or 0.0)
    return {
        "_label_cost": cost,
        "_label_probability": one.probability,
        "_label_Action": one.chosen + 1,
        "_labelIndex": one.chosen,
        "o": [{"EventId": one.decision_id, "v": one.reward or 0.0}],
        "Timestamp": one.decided_at.isoformat().replace("+00:00", "Z"),
        "Version": "1",
        "EventId": one.decision_id,
        "a": [at + 1 for at in order],
        "c": {
            "Customer": _features(one.features),
            "Context": _features(one.context),
            "_multi": [_action(one, at) for at in range(count)],
        },
        "p": probabilities,
        "VWState": {"m": f"{one.policy_version}/{one.arm}"},
    }


def _action(one: Logged, at: int) -> dict[str, object]:
    offer, channel = one.actions["offer_id"][at], one.actions["channel"][at]
    terms = {name: one.actions[name][at] for name in ("p_accept", "uplift", "margin_uplift", "cost", "contact_cost")}
    return {"Action": {"offer": offer or "nothing", "channel": channel or "none", **_features(terms)}}


def _features(values: Mapping[str, Cell]) -> dict[str, str | float]:
    """What is known: numbers that are finite, text, and flags as numbers."""
    known: dict[str, str | float] = {}
    for name, value in values.items():
        if isinstance(value, str):
            known[name] = value
        elif value is not None and isfinite(value):
            known[name] = float(value)
    return known
