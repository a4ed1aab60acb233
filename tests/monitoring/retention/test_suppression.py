"""Three customers with something of their own, in every table that tells of groups: no page speaks of it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from configs.dataset import Dataset
from features.segmentation.measure import measure
from monitoring.retention.records import Records
from monitoring.retention.report import kept, pages
from monitoring.site.write import as_csv
from tests.features.companies import NOW, Cell, Company, at, company, customer, offer, sale

MANY, RARE, FEW = 120, 3, 10
OWN = ("Bregenz", "platinum", "caviar", "truffles", "rare_offer", "chat")


def _rows(number: int) -> dict[str, list[dict[str, Cell]]]:
    rare = number < RARE
    name, days = f"c{number}", 110 + number % 7
    goods: list[str] = ["caviar", "truffles"] if rare else ["bread", "milk"]
    channel, offer_id, tier = ("chat", "rare_offer", "platinum") if rare else ("email", "o1", "gold")
    event = {"customer_id": name, "occurred_at": at(70)}
    return {
        "customers": [customer(name, 300, 30, "Bregenz" if rare else "Graz")],
        "transactions": [sale(name, days - 9 * step, 20 + number % 9, categories=goods) for step in range(8)],
        "interactions": [{"customer_id": name, "occurred_at": at(days - 30), "channel": channel, "kind": "visit"}],
        "treatments": [event | {"offer_id": offer_id, "channel": channel}],
        "outcomes": [event | {"offer_id": offer_id, "kind": "accepted", "value": 1, "occurred_at": at(68)}],
        "loyalty": [event | {"points_delta": 5, "tier": tier}],
        "feedback": [event | {"kind": "complaint" if rare else "nps", "score": None if rare else 9, "sentiment": None}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Company:
    each = [_rows(number) for number in range(MANY)]
    records = {table: [row for one in each for row in one[table]] for table in each[0]}
    offers = [offer(name, categories=[good]) for name, good in (("o1", "bread"), ("rare_offer", "caviar"))]
    made = company(tmp_path_factory.mktemp("shop"), records | {"offers": offers})
    made.ingest()
    measure(made.workspace, made.dataset, made.open(), NOW)
    return made


def _told(made: Company, dataset: Dataset, few: int) -> str:
    """Every word and number of every page, its tables and the JSON."""
    found = kept(Records(made.open(), dataset, NOW, few), resamples=20, rng=np.random.default_rng(0))
    site = pages(found)
    tables = [as_csv(table) for page in site for table in page.tables]
    return "\n".join([*map(repr, site), *tables, repr(asdict(found))])


@pytest.mark.parametrize("word", OWN)
def test_a_group_of_three_is_nowhere(shop: Company, word: str) -> None:
    assert word not in _told(shop, shop.dataset, FEW)


@pytest.mark.parametrize("word", OWN)
def test_a_group_of_as_many_as_may_be_told_is_somewhere(shop: Company, word: str) -> None:
    assert word in _told(shop, shop.dataset, RARE)
