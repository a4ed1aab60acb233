"""A campaign's decision as the answer that a request would have got, as far as its row tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from serving.answers import (
    ComparisonAnswer,
    DecideAnswer,
    ExplanationAnswer,
    FactorsAnswer,
    FeaturesRef,
    ModelRef,
    OfferAnswer,
    PolicyRef,
)
from serving.entries import CampaignEntry

IN_BATCH = "made in batch: other candidates are not kept, and budgets were shared out over everybody at once"


def campaign_answer(row: Mapping[str, Any], held: CampaignEntry) -> DecideAnswer:
    """The decision of `row`, a row of `serving.campaigns.SCHEMA`.

    What the campaign's file does not keep is empty: the candidates not chosen, what was filtered, the features.
    """
    return DecideAnswer(
        decision_id=row["decision_id"],
        customer_id=row["customer_id"],
        decided_at=row["decided_at"],
        arm=row["arm"],
        policy=PolicyRef(held.policy_version, held.prices_version or None),
        models=tuple(ModelRef(model["name"], model["version"]) for model in json.loads(held.models)),
        ranked_by="acceptance" if row["arm"] == "acceptance" or row["effect_value"] is None else "uplift",
        cold_start=False,
        fallback=bool(row.get("fallback")),  # files of before there was one lack the column
        offers=(_slot(row),),
        considered=None,
        filtered=(),
        features=FeaturesRef("", ()),
        degraded=(),
    )


def campaign_explanation(made: DecideAnswer) -> ExplanationAnswer:
    """What was chosen, against nothing where it is worth more, which is all that a campaign's row can tell."""
    [slot] = made.offers
    over_nothing = _over_nothing(slot, levers=made.arm == "policy")
    told = slot.offer_id and made.arm in ("policy", "no_levers") and (over_nothing.loses_by or 0.0) > 0
    return ExplanationAnswer(
        first_offer_id=slot.offer_id,
        first_channel=slot.channel,
        how="campaign",
        why=None,
        why_not=(over_nothing,) if told else (),
        flips=(),
        no_flips=IN_BATCH,
        resolution={},
    )


def _slot(row: Mapping[str, Any]) -> OfferAnswer:
    return OfferAnswer(
        offer_id=row["offer_id"],
        channel=row["channel"],
        rank=None,
        net_value=row["net_value"],
        factors=FactorsAnswer(
            p_accept=row["p_accept"],
            uplift=row["uplift"],
            uplift_low=None,
            uplift_high=None,
            value_at_stake=row["value_at_stake"],
            margin=row["margin"],
            cost=row["cost"],
            contact_cost=row["contact_cost"],
            lever=row["lever"],
            preference=row["preference"],
            shadow_cost=row["shadow_cost"],
            effect_value=row["effect_value"],
            margin_uplift=row["margin_uplift"],
        ),
        evidence=row["evidence"] or "none",
        selection_probability=row["selection_probability"],
        reasons=(),
    )


def _over_nothing(slot: OfferAnswer, *, levers: bool) -> ComparisonAnswer:
    found = slot.factors
    terms = {
        "effect": found.effect_value or 0.0,
        "cost": -found.p_accept * found.cost,
        "contact_cost": -found.contact_cost,
        "preference": found.preference,
        "shadow_cost": -found.shadow_cost,
        "lever": found.lever,
    }
    terms["margin"] = slot.net_value - sum(terms.values())  # about 0 where the effect holds the margin already
    if not levers:
        del terms["lever"]
    return ComparisonAnswer(None, None, sum(terms.values()), max(terms, key=terms.__getitem__), terms)
