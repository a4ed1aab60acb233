"""From what models say of everybody to a contact list, a campaign in the ledger, and outcomes that come home."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from configs.errors import ConfigError, StoreUnavailable
from decisioning.budgets import Budget
from pipelines.campaign import ONE_OFF, make
from pipelines.campaign_file import check_name
from serving.archive import Archive
from serving.campaign_answer import campaign_answer
from serving.campaigns import SCHEMA, read_row
from serving.holds import left
from tests.pipelines import gathering
from tests.pipelines.gathering import NOW, gathered, policy

FALLBACK = {"offer_id": "o3", "channel": "sms"}


def test_a_campaign_is_a_list_a_file_and_rows_of_the_ledger(tmp_path: Path) -> None:
    given = gathered(tmp_path / "ledger.db", policy())
    done = make(given, tmp_path / "campaigns", tmp_path / "list.csv", write=True)
    table = pq.read_table(tmp_path / "campaigns" / f"{done.campaign_id}.parquet")
    assert table.schema.equals(SCHEMA)
    assert table.num_rows == done.customers == 400
    made = table.filter(table["offer_id"].is_valid())
    assert made.num_rows == done.contacts == sum(n for name, n in done.actions.items() if name != "nothing")
    assert {row["arm"] for row in made.to_pylist()} == {"policy"}  # nobody in the holdout
    listed = pyarrow.csv.read_csv(tmp_path / "list.csv")
    assert listed["decision_id"].to_pylist() == made["decision_id"].to_pylist()
    assert set(listed["offer_name"].to_pylist()) <= {offer.name for offer in gathering.OFFERS}
    archive = Archive(given.ledger.engine)
    kept = archive.campaign(done.campaign_id)
    assert (kept.rows, kept.decided_at, kept.policy_version) == (400, NOW, "test-1")
    assert '"version":"test-1"' in archive.document(kept.policy_hash)
    for row in made.to_pylist()[:5]:
        [contact] = given.ledger.contacts_of(row["decision_id"])
        assert (contact.customer_id, contact.offer_id, contact.at) == (row["customer_id"], row["offer_id"], NOW)
        assert read_row(tmp_path / "campaigns", archive, row["decision_id"]) == row


def test_what_is_used_is_held_and_prices_steer_from_then_on(tmp_path: Path) -> None:
    given = gathered(tmp_path / "ledger.db", policy())
    done = make(given, tmp_path / "campaigns", None, write=True)
    [money] = done.budgets
    assert 55.0 < money.used <= 60.0
    assert left(given.ledger.engine, given.menu.budgets, NOW)["money"] == pytest.approx(60.0 - money.used, abs=1e-5)
    prices = Archive(given.ledger.engine).latest_prices()
    assert prices is not None
    assert (prices.version, money.price > 0) == (done.prices_version, True)
    again = make(given, tmp_path / "campaigns", None, write=True)
    assert again.contacts <= 3  # the week's money is spent
    later = gathering.at(given, NOW + timedelta(days=7))
    assert make(later, tmp_path / "campaigns", None, write=True).contacts > 0.9 * done.contacts


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    given = gathered(tmp_path / "ledger.db", policy())
    done = make(given, tmp_path / "campaigns", tmp_path / "list.csv", write=False)
    assert (done.contacts > 0, done.dry_run, done.path, done.prices_version) == (True, True, None, None)
    assert not (tmp_path / "campaigns").exists()
    assert not (tmp_path / "list.csv").exists()
    assert left(given.ledger.engine, given.menu.budgets, NOW) == {"money": 60.0}


def test_prices_alone_contact_nobody(tmp_path: Path) -> None:
    given = gathered(tmp_path / "ledger.db", policy())
    done = make(given, tmp_path / "campaigns", None, write=True, prices_only=True)
    assert done.prices_version is not None
    assert left(given.ledger.engine, given.menu.budgets, NOW) == {"money": 60.0}
    assert not (tmp_path / "campaigns").exists()


@pytest.mark.parametrize(("money", "kept"), [(20.0, False), (1e6, True)])
def test_prices_that_a_budget_of_one_campaign_holds_down_are_not_kept(tmp_path: Path, money: float, kept: bool) -> None:
    """Whoever spends 20 of 60 wants no more of the 60: in real time that would be a price of nothing."""
    given = gathering.within(
        gathered(tmp_path / "ledger.db", policy()), Budget(ONE_OFF, "money", money, counts="expected")
    )
    done = make(given, tmp_path / "campaigns", None, write=True)
    assert done.contacts > 0
    assert (done.prices_version is not None) is kept
    assert (Archive(given.ledger.engine).latest_prices() is not None) is kept


def test_a_fallback_is_made_for_want_of_any_other_offer_and_told_of(tmp_path: Path) -> None:
    money = {**gathering.MONEY.model_dump(), "kind": "k0"}  # o3 is of another kind
    asked = policy(fallback=FALLBACK, budgets=[money], exploration={"epsilon": 0.0, "floor": 0.0})
    given = gathering.barring(gathered(tmp_path / "ledger.db", asked), range(30), but="o3")
    done = make(given, tmp_path / "campaigns", None, write=True)
    rows = pq.read_table(tmp_path / "campaigns" / f"{done.campaign_id}.parquet").to_pylist()
    made = [row for row in rows if row["fallback"]]
    assert len(made) == done.fallbacks > 0
    assert {(row["offer_id"], row["channel"], row["arm"]) for row in made} == {("o3", "sms", "policy")}
    assert {row["offer_id"] for row in rows[:30] if row["arm"] == "policy"} == {"o3"}
    assert {row["net_value"] < 0 for row in made} == {True}
    assert campaign_answer(made[0], Archive(given.ledger.engine).campaign(done.campaign_id)).fallback
    assert {row["fallback"] for row in rows if row["offer_id"] != "o3"} == {False}
    assert done.budgets[0].used <= 60.0


def test_a_budget_of_nothing_contacts_nobody(tmp_path: Path) -> None:
    none = {"name": "money", "of": "money", "limit": 0.0}
    done = make(gathered(tmp_path / "ledger.db", policy(budgets=[none])), tmp_path / "c", None, write=True)
    assert (done.contacts, done.actions) == (0, {"nothing": 400})


def test_money_spent_meanwhile_leaves_nothing_behind(tmp_path: Path) -> None:
    given = gathered(tmp_path / "ledger.db", policy())
    rival = gathered(tmp_path / "ledger.db", policy())

    def meanwhile(what: str) -> None:
        if what == "writing the campaign":
            make(rival, tmp_path / "rival", None, write=True)

    with pytest.raises(StoreUnavailable, match="budget 'money' is spent by decisions made meanwhile; nothing was"):
        make(given, tmp_path / "campaigns", None, write=True, progress=meanwhile)
    assert list((tmp_path / "campaigns").glob("*.parquet")) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("list.txt", "ends in .txt; .csv or .parquet is allowed"), ("gone/list.csv", "there is no folder")],
)
def test_a_list_needs_a_name_that_can_be_written(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_name(tmp_path / name)
