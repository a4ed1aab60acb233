from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.contact_policy import SCOPES, Cap, QuietHours, Rest, Scope, contact_stages, longest
from decisioning.eligibility import Circumstances, Contact
from decisioning.offers import Offer

NOW = datetime(2017, 11, 6, tzinfo=UTC)
COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=3.0, channels=("email", "sms"))


def contact(offer_id: str, kind: str, channel: str, days_ago: float) -> Contact:
    return Contact(offer_id, kind, channel, NOW - timedelta(days=days_ago))


def ask(caps: list[Cap], contacts: list[Contact]) -> str | None:
    stage = contact_stages(caps, (), Circumstances("c1", NOW, contacts=contacts))
    refused = stage(COUPON, "email") if stage else None
    assert refused is None or refused[0] == "contact_cap"
    return refused[1] if refused else None


SAME = contact("coupon", "discount", "email", 1)
OTHER_OFFER = contact("rebate", "discount", "email", 1)
OTHER_KIND = contact("gift", "gift", "email", 1)
OTHER_CHANNEL = contact("gift", "gift", "sms", 1)


@pytest.mark.parametrize(
    ("cap", "contacts", "expected"),
    [
        (Cap("any", 1, 7), [], None),
        (Cap("any", 1, 7), [OTHER_CHANNEL], "1 contacts (any) in 7 days; at most 1 allowed"),
        (Cap("any", 2, 7), [OTHER_CHANNEL], None),
        (Cap("any", 2, 7), [OTHER_CHANNEL, SAME, SAME], "3 contacts (any) in 7 days; at most 2 allowed"),
        (Cap("offer", 1, 7), [SAME], "1 contacts (offer coupon) in 7 days; at most 1 allowed"),
        (Cap("offer", 1, 7), [OTHER_OFFER], None),
        (Cap("kind", 1, 7), [OTHER_OFFER], "1 contacts (kind discount) in 7 days; at most 1 allowed"),
        (Cap("kind", 1, 7), [OTHER_KIND], None),
        (Cap("channel", 1, 0.5), [SAME], None),
        (Cap("channel", 1, 1.5), [OTHER_KIND], "1 contacts (channel email) in 1.5 days; at most 1 allowed"),
        (Cap("channel", 1, 7), [OTHER_CHANNEL], None),
        (Cap("channel", 1, 7, "email"), [SAME], "1 contacts (channel email) in 7 days; at most 1 allowed"),
        (Cap("channel", 1, 7, "sms"), [SAME, OTHER_CHANNEL], None),  # a cap on another channel
    ],
)
def test_cap(cap: Cap, contacts: list[Contact], expected: str | None) -> None:
    assert ask([cap], contacts) == expected


@pytest.mark.parametrize(
    ("days_ago", "counts"),
    [(7, False), (6.999, True), (0, True), (-0.001, False)],
    ids=["a window old", "just within", "this instant", "after now"],
)
def test_edges_of_the_window(days_ago: float, counts: bool) -> None:
    reason = ask([Cap("any", 1, 7)], [contact("gift", "gift", "sms", days_ago)])
    assert (reason is None) is not counts


def test_all_caps_hold_and_the_first_broken_one_is_named() -> None:
    caps = [Cap("any", 9, 7), Cap("channel", 1, 7), Cap("offer", 1, 7)]
    assert ask(caps, [SAME]) == "1 contacts (channel email) in 7 days; at most 1 allowed"


CAPS = st.builds(
    Cap,
    scope=st.sampled_from(["any", "offer", "kind", "channel"]),
    max_contacts=st.integers(1, 4),
    window_days=st.integers(1, 30),
)
CONTACTS = st.lists(st.builds(contact, *[st.sampled_from(["coupon", "email", "discount"])] * 3, st.integers(-2, 40)))


@given(CAPS, CONTACTS, CONTACTS)
def test_more_contacts_never_free_a_cap(cap: Cap, contacts: list[Contact], more: list[Contact]) -> None:
    assert ask([cap], contacts) is None or ask([cap], contacts + more) is not None


@given(CAPS, CONTACTS)
def test_the_tally_is_the_plain_count(cap: Cap, contacts: list[Contact]) -> None:
    def same(made: Contact, scope: Scope) -> bool:
        ours = {"any": True, "offer": made.offer_id == "coupon", "kind": made.kind == "discount"}
        return ours.get(scope, made.channel == "email")

    within = [c for c in contacts if same(c, cap.scope) and 0 <= (NOW - c.at) / timedelta(days=1) < cap.window_days]
    assert (ask([cap], contacts) is None) is (len(within) < cap.max_contacts)


DECLINED = contact("coupon", "discount", "email", 10)


@pytest.mark.parametrize(
    ("rest", "refusal", "expected"),
    [
        (Rest("offer", 30), DECLINED, "declined on 2017-10-27 (offer coupon); left alone for 30 days"),
        (Rest("offer", 10), DECLINED, None),  # exactly as long ago as the rest lasts
        (Rest("offer", 30), contact("rebate", "discount", "email", 10), None),
        (
            Rest("kind", 30),
            contact("rebate", "discount", "sms", 10),
            "declined on 2017-10-27 (kind discount); left alone",
        ),
        (
            Rest("channel", 30),
            contact("gift", "gift", "email", 10),
            "declined on 2017-10-27 (channel email); left alone",
        ),
        (Rest("channel", 30), contact("gift", "gift", "sms", 10), None),
        (Rest("any", 10.5), contact("gift", "gift", "sms", 10), "declined on 2017-10-27; left alone for 10.5 days"),
        (Rest("any", 30), contact("gift", "gift", "sms", -1), None),  # not declined yet
    ],
)
def test_rest(rest: Rest, refusal: Contact, expected: str | None) -> None:
    stage = contact_stages((), (rest,), Circumstances("c1", NOW, refusals=[refusal]))
    name, reason = (stage and stage(COUPON, "email")) or (None, "")
    assert name == (None if expected is None else "rest")
    assert reason.startswith(expected or "")


def test_the_last_refusal_counts() -> None:
    refusals = [contact("coupon", "discount", "email", days) for days in (3, 20)]
    stage = contact_stages((), (Rest("offer", 30),), Circumstances("c1", NOW, refusals=refusals))
    assert stage
    assert stage(COUPON, "email") == ("rest", "declined on 2017-11-03 (offer coupon); left alone for 30 days")


def test_what_is_broken_is_told_by_name_rests_first() -> None:
    caps = [Cap("channel", 1, 7), Cap("any", 9, 7), Cap("kind", 1, 7, "gift"), Cap("any", 2, 7)]
    given = Circumstances("c1", NOW, contacts=[SAME, OTHER_CHANNEL], refusals=[DECLINED])
    stage = contact_stages(caps, [Rest("offer", 30), Rest("kind", 5)], given)
    assert stage
    assert {scope: stage.names(scope) for scope in SCOPES} == {
        "any": {""},
        "offer": {"coupon"},
        "kind": {"gift"},
        "channel": {"email", "sms"},
    }
    other = Offer("other", "Other", "service", cost=1.0, value=3.0, channels=("email", "phone"))
    asked = [stage(offer, channel) for offer, channel in ((COUPON, "email"), (other, "email"), (other, "phone"))]
    assert [refused and refused[1].partition(";")[0] for refused in asked] == [
        "declined on 2017-10-27 (offer coupon)",
        "1 contacts (channel email) in 7 days",
        "2 contacts (any) in 7 days",
    ]


@pytest.mark.parametrize(
    ("contacts", "refusals"), [([], []), ([SAME], []), ([], [contact("coupon", "discount", "email", 99)])]
)
def test_where_nothing_is_broken_there_is_nothing_to_ask(contacts: list[Contact], refusals: list[Contact]) -> None:
    given = Circumstances("c1", NOW, contacts=contacts, refusals=refusals)
    assert contact_stages([Cap("any", 2, 7)], [Rest("any", 30)], given) is None


@pytest.mark.parametrize(
    ("begin", "end", "zone", "at", "quiet"),
    [
        (time(21), time(8), "UTC", datetime(2017, 11, 6, 22, 0, tzinfo=UTC), True),
        (time(21), time(8), "UTC", datetime(2017, 11, 6, 7, 59, tzinfo=UTC), True),
        (time(21), time(8), "UTC", datetime(2017, 11, 6, 8, 0, tzinfo=UTC), False),
        (time(21), time(8), "UTC", datetime(2017, 11, 6, 21, 0, tzinfo=UTC), True),
        (time(12), time(13), "UTC", datetime(2017, 11, 6, 12, 30, tzinfo=UTC), True),
        (time(12), time(13), "UTC", datetime(2017, 11, 6, 13, 0, tzinfo=UTC), False),
        (time(21), time(8), "Europe/Vienna", datetime(2017, 7, 6, 19, 30, tzinfo=UTC), True),  # 21:30 in summer
        (time(21), time(8), "Europe/Vienna", datetime(2017, 11, 6, 19, 30, tzinfo=UTC), False),  # 20:30 in winter
        # In the night of 29 October 2017 the clock goes from 3:00 back to 2:00: its hour from 2 to 3 comes twice.
        (time(2, 15), time(2, 45), "Europe/Vienna", datetime(2017, 10, 29, 0, 30, tzinfo=UTC), True),
        (time(2, 15), time(2, 45), "Europe/Vienna", datetime(2017, 10, 29, 1, 30, tzinfo=UTC), True),
        (time(2, 15), time(2, 45), "Europe/Vienna", datetime(2017, 10, 29, 1, 45, tzinfo=UTC), False),
        # On 26 March 2017 it goes from 2:00 on to 3:00: what begins at 2:30 begins at 3:00.
        (time(2, 30), time(4), "Europe/Vienna", datetime(2017, 3, 26, 0, 59, tzinfo=UTC), False),
        (time(2, 30), time(4), "Europe/Vienna", datetime(2017, 3, 26, 1, 0, tzinfo=UTC), True),
        (time(2, 30), time(4), "Europe/Vienna", datetime(2017, 3, 26, 2, 0, tzinfo=UTC), False),
    ],
)
def test_quiet_hours(begin: time, end: time, zone: str, at: datetime, quiet: bool) -> None:
    hours = QuietHours(frozenset({"sms"}), begin, end, ZoneInfo(zone))
    assert (hours.holds("sms", at), hours.holds("email", at)) == (quiet, False)


def test_how_far_back_contacts_matter() -> None:
    assert longest([Cap("any", 1, 7), Cap("offer", 1, 28)], [Rest("any", 90)]) == timedelta(days=90)
    assert longest([Cap("any", 1, 7)], []) == timedelta(days=7)
    assert longest([], []) == timedelta(0)
