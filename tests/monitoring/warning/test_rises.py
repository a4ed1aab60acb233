"""Who is listed and what may be told of all."""

from __future__ import annotations

import numpy as np
import pytest

from configs.monitoring import EarlyWarning, Monitoring
from monitoring.warning.rises import Part, Warned, action, examine
from monitoring.warning.watch import Advice, Told
from tests.monitoring.warning.watching import SILENT, SINCE, UNTIL, Watching, scored, span


def settings(few: int = 2, **asked: float) -> Monitoring:
    return Monitoring(min_group=few, early_warning=EarlyWarning(**asked))


@pytest.mark.parametrize(
    ("rises", "at_stake", "expected"),
    [
        ([0.2, 0.3, 0.15, 0.05], [100.0, 10.0, 300.0, 9000.0], ["c2", "c0", "c1"]),  # 45, 20, 3; c3 rose too little
        ([0.2, 0.3, 0.15, 0.05], None, ["c1", "c0", "c2"]),
        ([0.2, 0.3, 0.15, 0.4], [np.nan, 10.0, np.nan, 1.0], ["c1", "c3", "c0", "c2"]),
        ([np.nan, 0.3, -0.5], [1.0, 1.0, 1.0], ["c1"]),
        ([0.0, 0.1, 0.05], None, []),
    ],
    ids=["most to lose", "by rise", "value not known comes last", "risk not known", "nobody"],
)
def test_the_list_is_of_those_who_rose_with_most_to_lose_first(rises, at_stake, expected) -> None:
    watch = Watching(scored(rises, at_stake))
    _, listed = examine(watch, settings())
    assert [one.customer_id for one in listed] == watch.asked == expected


def test_no_more_are_listed_than_asked_for_and_all_are_counted() -> None:
    watch = Watching(scored([0.3] * 20, [1.0] * 20))
    found, listed = examine(watch, settings(most=5))
    assert (len(listed), found.listed, found.rose, found.customers) == (5, 5, 20, 20)
    assert len(watch.asked) == 5


def test_a_row_holds_what_is_at_stake() -> None:
    _, (one,) = examine(Watching(scored([0.25], [80.0])), settings())
    assert (one.before, one.now, one.at_stake, one.loss) == pytest.approx((0.1, 0.35, 80.0, 20.0))
    assert (one.since, one.until, one.told.reasons) == (SINCE, UNTIL, (SILENT,))


def test_the_aggregates_are_of_everybody() -> None:
    found, _ = examine(Watching(scored([0.15] * 3 + [0.25] * 2 + [0.0] * 15, [10.0] * 20)), settings())
    assert (found.customers, found.rose, found.at_stake) == (20, 5, 50.0)
    assert found.loss == pytest.approx(10 * (3 * 0.15 + 2 * 0.25))
    assert found.share is not None
    assert (found.share.value, found.share.low < 0.25 < found.share.high) == (0.25, True)
    assert [(one.above, one.up_to, one.customers) for one in found.bands] == [(0.1, 0.2, 3), (0.2, 0.3, 2), (0.3, 1, 0)]
    assert sum(found.shares) == pytest.approx(1.0)
    assert (found.reasons, found.actions) == ((Part(SILENT.kind, 5),), (Part("voucher by email", 5),))


def test_what_too_few_have_in_common_is_not_told() -> None:
    alone = Told((), Advice("policy", "rare", "sms"))
    given = scored([0.15] * 12 + [0.35] * 3 + [0.0] * 30, [1.0] * 45)
    found, listed = examine(Watching(given, {"c0": alone}), settings(few=10))
    assert len(listed) == 15
    assert [(part.name, part.customers) for part in found.actions] == [("voucher by email", 14)]
    assert [(one.customers, one.at_stake) for one in found.bands] == [(15, 15.0)]
    assert sum(found.shares) == pytest.approx(42 / 45)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((30, 20, 15), [(0.1, 0.2, 30), (0.2, 0.3, 20), (0.3, 1.0, 15)]),
        ((30, 20, 3), [(0.1, 0.2, 30), (0.2, 1.0, 23)]),
        ((3, 20, 15), [(0.1, 0.3, 23), (0.3, 1.0, 15)]),
        ((30, 3, 0), [(0.1, 0.3, 33), (0.3, 1.0, 0)]),
        ((30, 3, 4), [(0.1, 1.0, 37)]),
    ],
)
def test_no_band_of_few_is_told_by_subtraction(counts, told) -> None:
    rises = [rise for rise, many in zip((0.15, 0.25, 0.35), counts, strict=True) for _ in range(many)]
    found, _ = examine(Watching(scored([*rises, 0.0])), settings(few=10))
    assert [(one.above, one.up_to, one.customers) for one in found.bands] == told


@pytest.mark.parametrize("rises", [[], [np.nan, np.nan]], ids=["nobody", "all null"])
def test_without_a_rise_there_is_nothing_to_compare(rises) -> None:
    found, listed = examine(Watching(scored(rises)), settings())
    assert (found, listed) == (Warned(lacking="No customer has a risk at both instants."), ())


def test_why_nothing_can_be_told_is_told() -> None:
    found, listed = examine(Watching(None), settings())
    assert str(found.lacking).startswith("two snapshots about 28 days apart are needed")
    assert (found.customers, listed) == (0, ())


@pytest.mark.parametrize(
    ("advice", "told"),
    [
        (Advice("policy", "voucher", "email"), "voucher by email"),
        (Advice("policy"), "nothing"),
        (Advice("acceptance", "gift", "sms"), "gift by sms"),
        (Advice("holdout"), "held out, left alone"),
        (Advice("random"), "drawn at random when asked"),
        (Advice("policy", known=False), "not known"),
    ],
)
def test_what_to_do_is_said_as_the_arm_has_it(advice: Advice, told: str) -> None:
    assert action(Told((), advice)) == told


@pytest.mark.parametrize(
    ("now", "verdict"), [([0.2] * 30 + [0.0] * 70, True), ([0.2] * 11 + [0.0] * 89, False)], ids=["many", "as ever"]
)
def test_the_newest_span_is_held_against_those_before(now, verdict) -> None:
    ordinary = [span([0.2] * many + [0.0] * (100 - many), ago) for ago, many in enumerate((9, 11, 10, 12, 8, 10), 1)]
    found, _ = examine(Watching(scored(now, earlier=ordinary)), settings())
    assert found.more_than_usual is verdict
    assert found.before is not None


def test_of_too_few_spans_nothing_is_more_than_usual() -> None:
    found, _ = examine(Watching(scored([0.5] * 100, earlier=[span([0.0] * 100, 1)])), settings())
    assert found.usual is not None
    assert (found.usual.most, found.more_than_usual) == (None, None)
