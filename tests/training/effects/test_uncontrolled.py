"""Offers without a control group: refused, with the figures of who else was known then."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from configs.evidence import RULES
from configs.training import EffectTraining
from features.contract import CONTROL
from tests.training.effects import campaigns
from training.effects.assignment import Grading
from training.effects.stack import strata
from training.effects.uncontrolled import refusals, would_be
from training.tasks import Past

BY = Grading(EffectTraining(), RULES, RULES.false_alarms)


def sent(targeting: float, *, customers: int = 1500, seed: int = 0) -> tuple[Past, pd.DataFrame]:
    """Treatments only: who got nothing is in no record but the customers'."""
    log = campaigns.log(customers, targeting=targeting, logged=False, seed=seed)
    made = log[log.offer_id != CONTROL].reset_index(drop=True)
    return campaigns.past(made, seed, people=customers), strata(made)


CHANCE = "that looks like chance: if they are the control group, record them in `treatments` with offer_id control"
TOLD = [  # targeting -> least and most AUC, looks like chance
    (0.0, 0.44, 0.55, True),
    (1.5, 0.75, 0.84, False),
    (5.0, 0.92, 0.98, False),
]


@pytest.mark.parametrize(("targeting", "least", "most", "chance"), TOLD)
def test_refused_whatever_the_overlap_with_its_figures(
    targeting: float, least: float, most: float, chance: bool
) -> None:
    past, made = sent(targeting)
    found = list(refusals(past, made, BY))
    assert [(offer.offer_id, offer.kind, offer.grade, offer.controls) for offer in found] == [
        ("call", "contact", "none", 0),
        ("mail", "contact", "none", 0),
    ]
    for offer in found:
        assert offer.treated == (made.offer_id == offer.offer_id).sum()
        assert offer.why.startswith("no control group: nobody was left untreated on purpose; the ")
        [auc] = re.findall(r"who got nothing with an AUC of (0\.\d\d)", offer.why)
        assert least < float(auc) < most
        assert (CHANCE in offer.why) is chance
        assert "of them have a counterpart, worth" in offer.why
        assert offer.why.endswith("leave a random 10% of the next campaign untreated and log the propensities")


def test_would_be_controls_are_of_the_same_waves() -> None:
    past, made = sent(0.5)
    later = made.assign(as_of=made.as_of + campaigns.WINDOW, wave=made.wave + campaigns.WINDOW).head(300)
    rows = would_be(past, pd.concat([made, later], ignore_index=True), BY).rows
    assert rows.groupby("wave").treated.nunique().tolist() == [2, 2]
    assert not rows.duplicated(["customer_id", "wave"]).any()
    assert rows.groupby("wave").size().tolist() == [1500, 1500]
    assert rows.share.round(6).nunique() == 2


def test_where_nobody_else_was_known_it_is_said() -> None:
    past, made = sent(0.0)
    customers = past.opened.tables["customers"].mutate(signed_up_at=1e12)
    nobody = replace(past, opened=replace(past.opened, tables={**past.opened.tables, "customers": customers}))
    beside = would_be(nobody, made, BY)
    assert (len(beside.rows), beside.found) == (0, None)
    for offer in refusals(nobody, made, BY):
        assert "nobody else was known then, so that nobody can be compared" in offer.why


def test_nothing_to_refuse() -> None:
    past, made = sent(0.0)
    assert list(refusals(past, made.iloc[:0], BY)) == []
