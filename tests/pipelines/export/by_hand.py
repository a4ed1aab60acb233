"""One decision by hand: of two offers and nothing the second was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pipelines.export.logged import Cell, Logged, Outcome

AT = datetime(2023, 9, 4, 12, tzinfo=UTC)
ACTIONS: dict[str, list[Cell]] = {
    "offer_id": ["gift", "voucher", None],
    "channel": ["email", "sms", None],
    "selection_probability": [0.5, 0.3, 0.2],
    "p_accept": [0.4, 0.1, 0.0],
    "margin": [10.0, 20.0, 0.0],
    "cost": [2.0, 5.0, 0.0],
    "contact_cost": [0.1, 0.2, 0.0],
    "lever": [1.0, 0.0, 0.0],
    "preference": [0.0, 0.0, 0.0],
    "shadow_cost": [0.0, 0.0, 0.0],
    "net_value": [4.1, 1.3, 0.0],
    "effect_value": [None, None, None],
    "evidence": ["none", "none", "none"],
    "uplift": [None, None, None],
    "margin_uplift": [None, None, None],
}
DECISION = Logged(
    decision_id="d1",
    customer_id="c1",
    decided_at=AT,
    arm="policy",
    policy_version="p1",
    prices_version=None,
    models={"tenure-response": "1"},
    p_churn=0.3,
    value_at_stake=120.0,
    features={"age": 31.0, "plan": "gold", "income": None},
    by_kind={"discount": {"affinity": 2.0, "habit": "often"}},
    features_hash="f1",
    context={"_page": "home", "cart": 12.5, "mobile": True},
    degraded=(),
    actions=ACTIONS,
    made=(1,),
    kinds={"gift": "present", "voucher": "discount", "old": ""},
    filtered=({"offer_id": "old", "channel": None, "stage": "validity", "reason": "over"},),
    outcomes=(Outcome("voucher", "accepted", 30.0, AT),),
    reward=1.0,
)


def changed(decision_id: str, **terms: list[Cell]) -> Logged:
    """The decision under another id, with other terms of its candidates."""
    return replace(DECISION, decision_id=decision_id, actions={**ACTIONS, **terms})
