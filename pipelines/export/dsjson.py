"""Vowpal Wabbit's dsjson: a line per decision, as `vw --dsjson --cb_explore_adf` reads it.

Costs are rewards with the sign turned; of several slots the first is told. The namespaces Customer, Request and Action
begin with different letters, by which `-q` names them. Source: Vowpal Wabbit's wiki, "DSJSON".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path

from configs.workspace import replacing
from features.ledger import to_text
from pipelines.export.logged import Cell, Logged, weighed

TERMS = ("p_accept", "uplift", "margin_uplift", "cost", "contact_cost")


def write(decisions: Iterable[Logged], path: Path) -> int:
    """Write a line per decision and return how many; the file appears whole or not at all.

    Raises DataError where a decision has no probability, and StoreUnavailable.
    """
    count = 0
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for count, one in enumerate(weighed(decisions), 1):  # noqa: B007 it is returned
            file.write(f"{json.dumps(_line(one), allow_nan=False)}\n")
    return count


def _line(one: Logged) -> dict[str, object]:
    count, probabilities = len(one.names), one.probabilities
    order = [one.chosen, *(at for at in range(count) if at != one.chosen)]  # the first is what was done
    reward = one.reward or 0.0
    return {
        "_label_cost": 0.0 - reward,  # the sign of 0 stays as it is
        "_label_probability": one.probability,
        "_label_Action": one.chosen + 1,
        "_labelIndex": one.chosen,
        "o": [{"EventId": one.decision_id, "v": reward}],
        "Timestamp": to_text(one.decided_at).replace("+00:00", "Z"),
        "Version": "1",
        "EventId": one.decision_id,
        "a": [at + 1 for at in order],
        "c": {
            "Customer": _features(one.features),
            "Request": _features(one.context),
            "_multi": [_action(one, at, affinities) for at, affinities in enumerate(one.affinities)],
        },
        "p": [probabilities[at] for at in order],
        "VWState": {"m": f"{one.policy_version}/{one.arm}"},
    }


def _action(one: Logged, at: int, affinities: Mapping[str, Cell]) -> dict[str, object]:
    offer, channel = one.actions["offer_id"][at], one.actions["channel"][at]
    known = {
        "offer": offer or "nothing",
        "kind": one.kinds.get(str(offer)) or "nothing",
        "channel": channel or "none",
        **{name: one.actions[name][at] for name in TERMS},
    }
    return {"Action": _features({**affinities, **known})}


def _features(values: Mapping[str, Cell]) -> dict[str, str | float]:
    """What is known: numbers that are finite, text, and flags as numbers.

    A name that begins with an underscore would be an order to the reader; a dot stands before it.
    """
    known: dict[str, str | float] = {}
    for given, value in values.items():
        name = f".{given}" if given.startswith("_") else given
        if isinstance(value, str):
            known[name] = value
        elif value is not None and isfinite(value):
            known[name] = float(value)
    return known
