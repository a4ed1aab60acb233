from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from configs.errors import StoreUnavailable
from configs.profile import OnlineStore, Profile
from features.compute import compute
from features.refresh import next_second
from features.store import Store, repo_config
from tests.features.companies import NOW, Company, company, customer, sale


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Company:
    made = company(
        tmp_path_factory.mktemp("shop"),
        {"customers": [customer("a"), customer("b", 9)], "transactions": [sale("a", 3), sale("a", 12)]},
    )
    made.ingest()
    compute(made.workspace, made.dataset, [NOW - timedelta(days=7), NOW])
    return made


@pytest.fixture(scope="module")
def store(shop: Company) -> Store:
    made = Store(shop.workspace, shop.dataset, Profile())
    made.register()
    return made


def test_names_are_in_the_definitions_order_and_hold_no_state(store: Store) -> None:
    names = store.names("churn")
    assert names[:3] == ("profile__age", "profile__city", "purchases__count_28d")
    assert "recency__purchase_days" in names
    assert not {"purchases__last_at", "purchases__gaps", "profile__signed_up_at"} & set(names)
    assert store.names("response") == ()


def test_a_join_keeps_rows_order_and_index_and_reads_the_snapshot_before(store: Store) -> None:
    rows = [("b", 0), ("a", 6.5), ("nobody", 0), ("a", 0), ("a", 0), ("a", 30)]
    spine = pd.DataFrame(
        {
            "customer_id": [who for who, _ in rows],
            "as_of": [pd.Timestamp(NOW - timedelta(days=days)) for _, days in rows],
            "label": range(6),
        },
        index=[9, 8, 7, 6, 5, 4],
    )
    found = store.join(spine, "churn")
    assert found[["customer_id", "as_of", "label"]].equals(spine)
    counts = [None if pd.isna(count) else count for count in found.purchases__count_28d]
    assert counts == [None, 1.0, None, 2.0, 2.0, None]
    assert list(found.columns) == [*spine.columns, *store.names("churn")]


def test_an_unregistered_store_says_so(tmp_path: Path) -> None:
    made = company(tmp_path, {"customers": [], "transactions": []})
    spine = pd.DataFrame({"customer_id": ["a"], "as_of": [pd.Timestamp(NOW)]})
    with pytest.raises(StoreUnavailable, match="feature service 'churn' is not registered; run `tenure features`"):
        Store(made.workspace, made.dataset, Profile()).join(spine, "churn")


def test_the_profile_says_how_the_online_store_is_set(shop: Company) -> None:
    tuned = Profile(online_store=OnlineStore(settings={"vector_enabled": True}))
    assert repo_config(shop.workspace, tuned).online_store.vector_enabled is True
    assert repo_config(shop.workspace, Profile()).online_store.path == str(shop.workspace.feast / "online.db")


@pytest.mark.parametrize(("micro", "seconds"), [(0, 0), (1, 1), (999_999, 1)])
def test_the_next_second_is_never_before_what_is_known(micro: int, seconds: int) -> None:
    assert next_second(NOW + timedelta(microseconds=micro)) == NOW + timedelta(seconds=seconds)
