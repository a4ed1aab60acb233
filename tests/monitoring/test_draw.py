from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from monitoring.draw import digest, drawn


def rows(times: dict[str, int]) -> pd.DataFrame:
    ids = [customer_id for customer_id, count in times.items() for _ in range(count)]
    return pd.DataFrame({"customer_id": ids, "at": range(len(ids))})


EVEN = rows({f"c{number}": 1 + number % 3 for number in range(300)})  # 600 rows


@pytest.mark.parametrize("most", [1, 50, 599])
def test_all_rows_of_some_customers_are_drawn(most: int) -> None:
    found = drawn(EVEN, most)
    assert most - 3 < len(found) <= most
    kept = set(found.customer_id)
    assert EVEN[EVEN.customer_id.isin(kept)]["at"].tolist() == found["at"].tolist()
    assert max(map(digest, kept), default="") < min(map(digest, set(EVEN.customer_id) - kept))


def test_of_no_more_than_asked_for_all_are_looked_at() -> None:
    assert drawn(EVEN, 600) is EVEN


def test_who_is_drawn_from_the_whole_was_drawn_from_a_part() -> None:
    part, other = EVEN[EVEN["at"] % 2 == 0], EVEN[EVEN["at"] % 2 == 1]
    again = drawn(pd.concat([drawn(part, 100), other]), 100)
    assert sorted(again["at"]) == sorted(drawn(EVEN, 100)["at"])


def test_the_engine_draws_by_the_same_digest() -> None:
    assert duckdb.sql("SELECT md5('Zoë-1')").fetchall() == [(digest("Zoë-1"),)]
