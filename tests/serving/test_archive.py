"""The archive: documents once, the latest prices, campaigns as a whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from configs.errors import Conflict, NotFound
from features.ledger import BUDGET_USE, CONTACTS, DOCUMENTS
from serving.archive import Archive, fingerprint
from serving.database import open_ledger
from serving.entries import Hold, PricesEntry, Shown
from serving.holds import BudgetSpent
from serving.ledger import Ledger
from tests.serving import campaign_rows
from tests.serving.campaign_rows import CAMPAIGN
from tests.serving.fakes import NOW

PRICES = PricesEntry("v1", NOW, "p", '{"money": 0.25}')
HOLD = Hold("money", NOW, 60, 100)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def archive(engine: Engine) -> Archive:
    return Archive(engine)


def counted(engine: Engine) -> tuple[int, int]:
    """(contacts, budgets in use)."""
    with engine.connect() as connection:
        contacts, uses = (
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (CONTACTS, BUDGET_USE)
        )
    return contacts, uses


def test_a_document_is_kept_once_under_its_hash(archive: Archive, engine: Engine) -> None:
    found = [archive.keep("policy", "version: 1"), archive.keep("policy", "version: 1"), archive.keep("policy", "é: 2")]
    assert found == [fingerprint("version: 1"), fingerprint("version: 1"), fingerprint("é: 2")]
    assert [archive.document(one) for one in found[1:]] == ["version: 1", "é: 2"]
    with engine.connect() as connection:
        assert connection.execute(select(DOCUMENTS.c.kind)).scalars().all() == ["policy", "policy"]


def test_a_hash_has_sixteen_hex_digits_and_changes_with_any_character() -> None:
    assert fingerprint("") == "e3b0c44298fc1c14"
    assert fingerprint("version: 1") != fingerprint("version: 1 ")


def test_what_is_not_there_is_not_found(archive: Archive) -> None:
    assert archive.latest_prices() is None
    with pytest.raises(NotFound, match="no document 'h1'"):
        archive.document("h1")
    with pytest.raises(NotFound, match="no prices 'v9'"):
        archive.prices("v9")
    with pytest.raises(NotFound, match="no campaign 'autumn'"):
        archive.campaign("autumn")


def test_the_prices_made_last_are_in_force_and_earlier_ones_stay(archive: Archive) -> None:
    later = replace(PRICES, version="v0", made_at=NOW + timedelta(hours=1))
    for entry in (later, PRICES, replace(PRICES, body="{}")):  # the third is of a version that is there
        archive.add_prices(entry)
    assert archive.latest_prices() == later
    assert archive.prices("v1") == PRICES


def test_the_prices_of_some_policies_are_found_among_all(archive: Archive) -> None:
    assert archive.priced_policies() == []
    for minutes, policy in enumerate(("p", "q", "p", "r")):
        made = NOW + timedelta(minutes=minutes)
        archive.add_prices(replace(PRICES, version=f"v{minutes}", made_at=made, policy_hash=policy))
    assert sorted(archive.priced_policies()) == ["p", "q", "r"]
    found = [archive.latest_prices(of) for of in (["p"], ["p", "q"], ["q"], ["gone"], [])]
    assert [one.version if one else None for one in found] == ["v2", "v2", "v1", None, None]


def test_of_prices_made_at_one_instant_the_greater_version_is_in_force(archive: Archive) -> None:
    for version in ("v2", "v1"):
        archive.add_prices(replace(PRICES, version=version))
    assert archive.latest_prices() == replace(PRICES, version="v2")


def test_a_campaign_is_kept_with_its_contacts_and_holds(archive: Archive, engine: Engine) -> None:
    archive.record_campaign(CAMPAIGN, campaign_rows.contacts(), [HOLD])
    assert archive.campaign(CAMPAIGN.campaign_id) == CAMPAIGN
    assert Ledger(engine).recent_contacts("c2", NOW) == [Shown("o2", "email", NOW)]
    assert counted(engine) == (2, 1)


@pytest.mark.parametrize(
    ("refused", "hold", "error", "message"),
    [
        (replace(CAMPAIGN, campaign_id="late"), replace(HOLD, amount=41), BudgetSpent, "budget 'money' is spent"),
        (CAMPAIGN, replace(HOLD, amount=1), Conflict, "campaign autumn-1 is already in the ledger"),
        (replace(CAMPAIGN, campaign_id="twin"), replace(HOLD, amount=1), Conflict, "campaign twin is already"),
    ],
)
def test_a_campaign_that_is_refused_leaves_nothing(
    archive: Archive, engine: Engine, refused: object, hold: Hold, error: type[Exception], message: str
) -> None:
    archive.record_campaign(CAMPAIGN, campaign_rows.contacts()[:1], [HOLD])
    with pytest.raises(error, match=message):
        archive.record_campaign(refused, campaign_rows.contacts(), [hold])  # type: ignore[arg-type]
    assert counted(engine) == (1, 1)
    with engine.connect() as connection:
        assert connection.execute(select(BUDGET_USE.c.used)).scalar_one() == 60
