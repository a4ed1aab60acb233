from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.contact_policy import Cap, Scope, contact_cap
from decisioning.eligibility import Circumstances, Contact
from decisioning.offers import Offer

NOW = datetime(2017, 11, 6, tzinfo=UTC)
COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=3.0, channels=("email", "sms"))


def contact(offer_id: str, kind: str, channel: str, days_ago: float) -> Contact:
    return Contact(offer_id, kind, channel, NOW - timedelta(days=days_ago))


def ask(caps: list[Cap], contacts: list[Contact]) -> str | None:
    return contact_cap(caps, Circumstances("c1", NOW, contacts=contacts))(COUPON, "email")


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
