from decisioning.candidates import NOTHING, Candidate, candidates
from decisioning.offers import Offer

COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=3.0, channels=("email", "sms"))
GIFT = Offer("gift", "Gift", "gift", cost=2.0, value=2.5, channels=("store",))
SHELVED = Offer("shelved", "Shelved", "gift", cost=2.0, value=2.5, channels=())


def test_every_offer_on_every_channel_in_order_and_nothing_last() -> None:
    assert candidates([COUPON, SHELVED, GIFT]) == [
        Candidate(COUPON, "email"),
        Candidate(COUPON, "sms"),
        Candidate(GIFT, "store"),
        NOTHING,
    ]


def test_nothing_is_a_candidate_of_an_empty_catalogue() -> None:
    assert candidates([]) == [NOTHING]


def test_nothing_sorts_before_every_offer() -> None:
    assert NOTHING.key == ("", "")
    assert sorted(candidates([GIFT, COUPON]), key=lambda c: c.key)[0] is NOTHING
