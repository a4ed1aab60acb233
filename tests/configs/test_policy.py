from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from configs.errors import ConfigError
from configs.loading import dump, load
from configs.policy import (
    DEFAULT,
    ArmSettings,
    BudgetSettings,
    CapSettings,
    ExplorationSettings,
    FallbackSettings,
    LeverSettings,
    Policy,
    QuietSettings,
    RestSettings,
)
from decisioning.arbitration import Lever, Preference
from decisioning.arms import Arms
from decisioning.budgets import Budget
from decisioning.contact_policy import Cap, QuietHours, Rest
from decisioning.exploration import Exploration
from decisioning.policy import PolicyRules

MARGIN = DEFAULT.with_name("margin.yaml")
WRITTEN = """
version: v7
seed: 7
arms: {salt: s, holdout: 0.1, random: 0.02, acceptance: 0.03, no_levers: 0.04}
exploration: {method: thompson, epsilon: 0.2, floor: 0.001, members: 50}
consent_default: refused
effect_on: margin
do_not_disturb: likely
channel_preference: {attribute: prefers, amount: 0.5, only: true}
contact_costs: {email: 0.01, sms: 0}
caps:
  - {scope: any, max_contacts: 3, window_days: 7}
  - {scope: channel, name: phone, max_contacts: 1, window_days: 0.5}
rests:
  - {scope: kind, days: 30}
timezone: Europe/Vienna
quiet_hours:
  - {channels: [sms, phone], begin: "21:00", end: "08:00"}
levers:
  - {kind: gift, channel: email, amount: -0.5}
budgets:
  - {name: money, of: money, limit: 500, period_days: 7, pacing: even, counts: expected}
  - {name: calls, of: contacts, limit: 9, channel: phone}
fallback: {offer_id: tips, channel: email}
offers:
  - {offer_id: tips, kind: service, cost: 0, channels: [email]}
"""
# A policy of before there were arms of five kinds, rests, quiet hours, budgets and a fallback names none of them.
OLDER = """
version: v6
seed: 7
arms: {salt: s, holdout: 0.1, random: 0, acceptance: 0, no_levers: 0}
exploration: {epsilon: 0.2, floor: 0.001}
consent_default: granted
contact_costs: {}
caps: []
levers: []
"""


def written(tmp_path: Path, *changes: tuple[str, str], text: str = WRITTEN) -> Path:
    for old, new in changes:
        assert old in text, f"{old!r} is not in the policy that this test changes"
        text = text.replace(old, new)
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return path


def problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path, Policy)
    return caught.value.details


def test_rules_carry_every_setting(tmp_path: Path) -> None:
    policy = load(written(tmp_path), Policy)
    assert (policy.version, policy.seed) == ("v7", 7)
    assert policy.rules() == PolicyRules(
        arms=Arms("s", {"holdout": 0.1, "random": 0.02, "acceptance": 0.03, "no_levers": 0.04}),
        exploration=Exploration("thompson", 0.2, 0.001, 50, 7),
        consent_default="refused",
        contact_costs={"email": 0.01, "sms": 0.0},
        caps=(Cap("any", 3, 7), Cap("channel", 1, 0.5, "phone")),
        rests=(Rest("kind", 30),),
        quiet_hours=(QuietHours(frozenset({"sms", "phone"}), time(21), time(8), ZoneInfo("Europe/Vienna")),),
        levers=(Lever(-0.5, kind="gift", channel="email"),),
        preference=Preference("prefers", 0.5, only=True),
        effect_on="margin",
        do_not_disturb="likely",
        budgets=(
            Budget("money", "money", 500, 7, counts="expected", pacing="even"),
            Budget("calls", "contacts", 9, channel="phone"),
        ),
        fallback=("tips", "email"),
    )


def test_what_a_policy_need_not_say(tmp_path: Path) -> None:
    policy = load(written(tmp_path, text=OLDER), Policy)
    rules = policy.rules()
    assert policy.offers is None  # those of the records
    assert rules.arms.share("policy") == 0.9
    assert rules.exploration == Exploration("epsilon", 0.2, 0.001, seed=7)
    assert (rules.effect_on, rules.do_not_disturb, rules.preference, rules.fallback) == (
        "retention",
        "certain",
        None,
        None,
    )
    assert (rules.rests, rules.quiet_hours, rules.budgets) == ((), (), ())


@pytest.mark.parametrize("path", [DEFAULT, MARGIN], ids=["default", "margin"])
def test_a_policy_survives_being_written(path: Path, tmp_path: Path) -> None:
    policy = load(path, Policy)
    dump(policy, tmp_path / "policy.yaml")
    assert load(tmp_path / "policy.yaml", Policy) == policy


def test_one_with_every_setting_does_too(tmp_path: Path) -> None:
    policy = load(written(tmp_path), Policy)
    dump(policy, tmp_path / "again.yaml")
    assert load(tmp_path / "again.yaml", Policy) == policy


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("version: v7\n", "", "version: Field required"),
        ("version: v7", "version: 7", "version: Input should be a valid string (given 7)"),
        ("effect_on: margin", "effect_on: sales", "effect_on: Input should be 'retention' or 'margin' (given 'sales')"),
        ("seed: 7", "seed: -1", "seed: Input should be greater than or equal to 0 (given -1)"),
        ("seed: 7", "seed: 7\nretries: 3", "retries: Extra inputs are not permitted"),
        ("holdout: 0.1", "holdout: 5", "arms.holdout: Input should be less than or equal to 1 (given 5)"),
        ("random: 0.02", "random: .nan", "arms.random: Input should be a finite number (given nan)"),
        ("no_levers: 0.04", "no_lever: 0.04", "arms.no_levers: Field required"),
        ("salt: s", "salt: ''", "arms.salt: String should have at least 1 character (given '')"),
        ("method: thompson", "method: ucb", "exploration.method: Input should be 'epsilon' or 'thompson'"),
        ("members: 50", "members: 5", "exploration.members: Input should be greater than or equal to 10 (given 5)"),
        ("epsilon: 0.2", "epsilon: -1", "exploration.epsilon: Input should be greater than or equal to 0 (given -1)"),
        ("refused", "maybe", "consent_default: Input should be 'granted' or 'refused' (given 'maybe')"),
        ("likely", "often", "do_not_disturb: Input should be 'off', 'likely' or 'certain' (given 'often')"),
        ("attribute: prefers", "attribute: ''", "channel_preference.attribute: String should have at least 1"),
        ("email: 0.01", "email: -1", "contact_costs.email: Input should be greater than or equal to 0 (given -1)"),
        ("email: 0.01", "email: .inf", "contact_costs.email: Input should be a finite number (given inf)"),
        ("email: 0.01", "emial: 0.01", "contact_costs: Value error, emial: no such channel; email, sms, push, app"),
        ("scope: any", "scope: week", "caps.0.scope: Input should be 'any', 'offer', 'kind' or 'channel'"),
        ("max_contacts: 3", "max_contacts: 0", "caps.0.max_contacts: Input should be greater than or equal to 1"),
        ("window_days: 7", "window_days: 0", "caps.0.window_days: Value error, 0 days are less than an hour; an hour"),
        ("days: 30", "days: 0", "rests.0.days: Value error, 0 days are less than an hour"),
        ("Europe/Vienna", "Mars", "timezone: Value error, is not a time zone such as Europe/Vienna or UTC"),
        ("[sms, phone]", "[]", "quiet_hours.0.channels: Tuple should have at least 1 item"),
        ("[sms, phone]", "[fax]", "quiet_hours.0.channels.0: Input should be 'email', 'sms', 'push'"),
        ("amount: -0.5", "amount: lots", "levers.0.amount: Input should be a valid number"),
        ("limit: 500", "limit: -1", "budgets.0.limit: Input should be greater than or equal to 0 (given -1)"),
        ("period_days: 7", "period_days: 1e-12",
         "budgets.0.period_days: Value error, 1e-12 days are less than an hour; an hour (0.0417) to 3,650 days are"),
        ("period_days: 7", "period_days: 0.041", "budgets.0.period_days: Value error, 0.041 days are less than"),
        ("period_days: 7", "period_days: 3651", "budgets.0.period_days: Input should be less than or equal to 3650"),
        ("of: contacts", "of: calls", "budgets.1.of: Input should be 'money', 'contacts' or 'units' (given 'calls')"),
        ("cost: 0, ", "", "offers.0.cost: Field required"),
        ("tips, channel: email", "tips, channel: fax", "fallback.channel: Input should be 'email', 'sms', 'push'"),
    ],
)  # fmt: skip
def test_a_broken_rule_names_its_field(tmp_path: Path, old: str, new: str, problem: str) -> None:
    found = problems(written(tmp_path, (old, new)))
    assert found[0].startswith(problem)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("holdout: 0.1", "holdout: 0.95", "arms: Value error, the shares add up to 1.04; at most 1 is allowed"),
        ("scope: any", "scope: any, name: email", "caps.0: Value error, a cap on any contact takes no name"),
        ("kind: gift, channel: email, ", "", "levers.0: Value error, a lever names at least one of offer_id, kind"),
        ('end: "08:00"', 'end: "21:00"', "quiet_hours.0: Value error, begin and end are the same"),
        ('end: "08:00"', "end: 20:00", "quiet_hours.0.end: Value error, 1200 is not a time of day; write it in quotes"),
        ('end: "08:00"', 'end: "08:00Z"', "quiet_hours.0.end: Value error, 08:00:00+00:00 has a time zone of its own"),
        ("period_days: 7, ", "", "budgets.0: Value error, even pacing needs period_days to spread the limit over"),
        ("name: calls", "name: money", "(top level): Value error, budgets: money given twice; each name is allowed"),
    ],
)
def test_a_rule_over_two_fields_names_the_item(tmp_path: Path, old: str, new: str, problem: str) -> None:
    found = problems(written(tmp_path, (old, new)))
    assert [detail.startswith(problem) for detail in found] == [True]


@pytest.mark.parametrize(
    "shares",
    [
        "holdout: 1, random: 0, acceptance: 0, no_levers: 0",
        "holdout: 0.7, random: 0.1, acceptance: 0.1, no_levers: 0.1",
    ],
)
def test_all_customers_may_be_in_other_arms_than_the_policys(tmp_path: Path, shares: str) -> None:
    given = written(tmp_path, ("holdout: 0.1, random: 0.02, acceptance: 0.03, no_levers: 0.04", shares))
    assert load(given, Policy).rules().arms.share("policy") == pytest.approx(0.0)


def test_a_budget_of_0_is_one(tmp_path: Path) -> None:
    assert load(written(tmp_path, ("limit: 500", "limit: 0")), Policy).rules().budgets[0].limit == 0.0


def test_an_hour_is_a_period(tmp_path: Path) -> None:
    assert load(written(tmp_path, ("period_days: 7", "period_days: 0.0417")), Policy).budgets[0].period_days == 0.0417


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, ("holdout: 0.1", "holdout: 2"), ("floor: 0.001", "floor: 2"), ("seed: 7", "sede: 7"))
    with pytest.raises(ConfigError, match="4 problems"):
        load(path, Policy)


def test_a_policy_is_frozen() -> None:
    policy = load(DEFAULT, Policy)
    with pytest.raises(ValidationError, match="frozen"):
        policy.seed = 1  # type: ignore[misc]


SECTIONS: list[tuple[str, type[BaseModel], set[str]]] = [
    # Hidden by default: no channel is preferred, and what a budget covers is narrowed by the names that a lever is.
    ("", Policy, {"channel_preference"}),
    ("arms", ArmSettings, set()),
    ("exploration", ExplorationSettings, {"members"}),
    ("caps", CapSettings, set()),
    ("rests", RestSettings, set()),
    ("# No contact on a channel within", QuietSettings, set()),
    ("# A business's own", LeverSettings, set()),
    ("# What may be used in all", BudgetSettings, {"offer_id", "kind", "channel"}),
    ("# The one thing made", FallbackSettings, set()),
]


@pytest.mark.parametrize(("section", "kind", "hidden"), SECTIONS, ids=[kind.__name__ for _, kind, _ in SECTIONS])
@pytest.mark.parametrize("path", [DEFAULT, MARGIN], ids=["default", "margin"])
def test_a_shipped_policy_shows_every_setting(
    path: Path, section: str, kind: type[BaseModel], hidden: set[str]
) -> None:
    begins = section if section.startswith("#") else f"{section}:"
    _, found, rest = f"\n{path.read_text()}".partition(f"\n{begins}" if section else "\n")
    within = rest.split("\n\n")[0] if section else rest
    for mark in ":,{}":
        within = within.replace(mark, " ")
    assert found
    assert set(kind.model_fields) - set(within.split()) == hidden


@pytest.mark.parametrize("path", [DEFAULT, MARGIN], ids=["default", "margin"])
def test_every_part_of_a_shipped_policy_is_explained(path: Path) -> None:
    lines = path.read_text().splitlines()
    settings = [(at, line) for at, line in enumerate(lines) if line[:1].isalpha() and not line.startswith("timezone")]
    names = [name for name in yaml.safe_load(path.read_text()) if name != "timezone"]  # beside its quiet hours
    assert [line.split(":")[0] for _, line in settings] == names
    quiet = lines.index("quiet_hours: []")
    explained = [at for at, line in settings if "#" in line or lines[at - 1].startswith("#") or at == quiet]
    assert explained == [at for at, _ in settings]


def test_the_margin_policy_differs_in_nothing_but_the_effect_it_counts() -> None:
    default, margin = load(DEFAULT, Policy), load(MARGIN, Policy)
    assert margin.model_copy(update={"version": default.version, "effect_on": default.effect_on}) == default
