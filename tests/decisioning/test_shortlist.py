from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from decisioning.arbitration import Preference
from decisioning.arms import Arms
from decisioning.candidates import NOTHING, candidates
from decisioning.contact_policy import Cap, QuietHours, Rest, contact_stages
from decisioning.eligibility import Circumstances, Contact, consent, offer_refusal
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Filtered, Shortlist, shortlist
from tests.decisioning.worlds import CIRCUMSTANCES, DAY, NOW, OFFERS, RULES

COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email", "sms"))
GIFT = Offer("gift", "Gift", "gift", cost=2.0, value=4.0, channels=("email",))
HELD = Arms("s", {"holdout": 1.0})


def listed(offers: list[Offer], rules: PolicyRules, **given: object) -> Shortlist:
    return shortlist(Menu.of(offers, rules), Circumstances("c1", NOW, **given))  # type: ignore[arg-type]


def keys(found: Shortlist) -> list[tuple[str, str]]:
    return [candidate.key for candidate in found.to_score]


def test_the_trail_names_offer_channel_stage_and_reason_of_all_that_is_refused() -> None:
    late = replace(GIFT, offer_id="late", valid_to=NOW)
    shunned = replace(GIFT, offer_id="shunned")
    barred = replace(GIFT, offer_id="barred", eligibility="false", eligible=lambda facts: False)
    calls = replace(COUPON, offer_id="calls", channels=("phone", "email"))
    found = listed(
        [late, COUPON, shunned, barred, calls],
        PolicyRules(caps=(Cap("channel", 1, 7),)),
        consents={"phone": False},
        contacts=[Contact("coupon", "discount", "sms", NOW - DAY)],
        excluded_offers=frozenset({"shunned"}),
    )
    assert keys(found) == [("coupon", "email"), ("calls", "email")]
    assert found.filtered == (
        Filtered("late", None, "validity", "valid from any time to 2017-11-06 00:00:00+00:00"),
        Filtered("coupon", "sms", "contact_cap", "1 contacts (channel sms) in 7 days; at most 1 allowed"),
        Filtered("shunned", None, "excluded", "excluded by the request"),
        Filtered("barred", None, "eligibility", "false: false"),
        Filtered("calls", "phone", "consent", "the customer refuses phone"),
    )


@pytest.mark.parametrize(
    ("rules", "given", "expected"),
    [
        (
            PolicyRules(quiet_hours=(QuietHours(frozenset({"sms"}), time(21), time(8), ZoneInfo("UTC")),)),
            {},
            Filtered("coupon", "sms", "quiet_hours", "no sms from 21:00 to 08:00 UTC"),
        ),
        (
            PolicyRules(preference=Preference("prefers", only=True)),
            {"attributes": {"prefers": "email"}},
            Filtered("coupon", "sms", "preference", "the customer prefers email"),
        ),
        (
            PolicyRules(rests=(Rest("channel", 30),)),
            {"refusals": [Contact("gift", "gift", "sms", NOW - DAY)]},
            Filtered("coupon", "sms", "rest", "declined on 2017-11-05 (channel sms); left alone for 30 days"),
        ),
    ],
)
def test_stages_of_the_channel(rules: PolicyRules, given: dict[str, object], expected: Filtered) -> None:
    found = listed([COUPON], rules, **given)
    assert (keys(found), found.filtered) == ([("coupon", "email")], (expected,))


@pytest.mark.parametrize("named", [None, "", 3.0])
def test_without_a_preferred_channel_any_is_used(named: object) -> None:
    rules = PolicyRules(preference=Preference("prefers", only=True))
    found = listed([COUPON], rules, attributes={"prefers": named})
    assert (keys(found), found.preferred) == ([("coupon", "email"), ("coupon", "sms")], None)


BARRED = replace(GIFT, eligibility="false", eligible=lambda facts: False)
WHERE_IT_IS = PolicyRules(fallback=("gift", "email"))


@pytest.mark.parametrize(
    ("offer", "rules", "given"),
    [
        (BARRED, WHERE_IT_IS, {}),
        (replace(GIFT, valid_to=NOW), WHERE_IT_IS, {}),
        (GIFT, WHERE_IT_IS, {"consents": {"email": False}}),
        (GIFT, WHERE_IT_IS, {"excluded_offers": frozenset({"gift"})}),
        (
            GIFT,
            replace(WHERE_IT_IS, caps=(Cap("any", 1, 7),)),
            {"contacts": [Contact("coupon", "discount", "sms", NOW - DAY)]},
        ),
        (
            GIFT,
            replace(WHERE_IT_IS, rests=(Rest("offer", 30),)),
            {"refusals": [Contact("gift", "gift", "sms", NOW - DAY)]},
        ),
        (
            GIFT,
            replace(WHERE_IT_IS, quiet_hours=(QuietHours(frozenset({"email"}), time(21), time(8), ZoneInfo("UTC")),)),
            {},
        ),
    ],
    ids=["ineligible", "over", "no consent", "excluded", "capped", "resting", "quiet"],
)
def test_a_fallback_passes_the_stages_like_any_other_offer(
    offer: Offer, rules: PolicyRules, given: dict[str, object]
) -> None:
    found = listed([offer], rules, **given)
    assert (keys(found), len(found.filtered)) == ([], 1)
    assert keys(listed([GIFT], WHERE_IT_IS)) == [("gift", "email")]


def test_the_holdout_leaves_nothing_and_the_trail() -> None:
    rules = PolicyRules(fallback=("gift", "email"))
    free = listed([COUPON, GIFT], rules, consents={"sms": False})
    held = listed([COUPON, GIFT], replace(rules, arms=HELD), consents={"sms": False})
    assert (held.arm, held.index, held.filtered) == ("holdout", (), free.filtered)
    assert held.candidates == (NOTHING,)


@given(OFFERS, CIRCUMSTANCES, RULES)
def test_filters_only_remove_and_account_for_all_they_remove(
    offers: list[Offer], circumstances: Circumstances, rules: PolicyRules
) -> None:
    found = shortlist(Menu.of(offers, replace(rules, arms=Arms("s"))), circumstances)
    possible = candidates(offers)
    assert [candidate for candidate in possible if candidate in found.candidates] == list(found.candidates)
    refused = {(trail.offer_id, trail.channel) for trail in found.filtered}
    for candidate in possible[:-1]:
        offer_id, channel = candidate.key
        assert (candidate in found.candidates) is not bool({(offer_id, None), (offer_id, channel)} & refused)


@given(OFFERS, CIRCUMSTANCES, RULES)
def test_what_passes_is_what_no_rule_refuses_when_each_is_asked(
    offers: list[Offer], circumstances: Circumstances, rules: PolicyRules
) -> None:
    found = shortlist(Menu.of(offers, replace(rules, arms=Arms("s"))), circumstances)
    stage = contact_stages(rules.caps, rules.rests, circumstances)
    named = circumstances.attributes.get("prefers") if rules.preference and rules.preference.only else None

    def refused(offer: Offer, channel: str) -> bool:
        return bool(
            offer_refusal(offer, circumstances)
            or consent(channel, circumstances, rules.consent_default)
            or named not in (None, channel)
            or any(quiet.holds(channel, circumstances.now) for quiet in rules.quiet_hours)
            or (stage and stage(offer, channel))
        )

    expected = [(offer.offer_id, one) for offer in offers for one in offer.channels if not refused(offer, one)]
    assert keys(found) == expected
    assert found.given == circumstances


@given(OFFERS, CIRCUMSTANCES, RULES)
def test_a_further_filter_never_adds(offers: list[Offer], circumstances: Circumstances, rules: PolicyRules) -> None:
    before = set(keys(shortlist(Menu.of(offers, rules), circumstances)))
    for after in (
        shortlist(Menu.of(offers, rules), replace(circumstances, excluded_offers=frozenset("abcde"))),
        shortlist(Menu.of(offers, replace(rules, caps=(*rules.caps, Cap("any", 1, 5)))), circumstances),
        shortlist(Menu.of(offers, replace(rules, rests=(*rules.rests, Rest("any", 5)))), circumstances),
        shortlist(Menu.of(offers, replace(rules, consent_default="refused")), circumstances),
        shortlist(Menu.of(offers, replace(rules, arms=HELD)), circumstances),
    ):
        assert set(keys(after)) <= before
