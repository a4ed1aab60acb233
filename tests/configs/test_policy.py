from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from configs.errors import ConfigError
from configs.loading import dump, load
from configs.policy import DEFAULT, CapSettings, ExplorationSettings, HoldoutSettings, LeverSettings, Policy
from decisioning.arbitration import Lever
from decisioning.contact_policy import Cap
from decisioning.policy import PolicyRules

WRITTEN = """
version: v7
seed: 7
holdout: {share: 0.1, salt: s}
exploration: {epsilon: 0.2, floor: 0.001}
consent_default: refused
contact_costs: {email: 0.01, sms: 0}
caps:
  - {scope: any, max_contacts: 3, window_days: 7}
  - {scope: channel, name: phone, max_contacts: 1, window_days: 0.5}
levers:
  - {kind: gift, channel: email, amount: -0.5}
effect_on: margin
"""


def written(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = WRITTEN
    for old, new in changes:
        assert old in text, f"{old!r} is not in the policy that this test changes"
        text = text.replace(old, new)
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return path


def test_rules_carry_every_setting(tmp_path: Path) -> None:
    policy = load(written(tmp_path), Policy)
    assert (policy.version, policy.seed) == ("v7", 7)
    assert policy.rules() == PolicyRules(
        holdout_share=0.1,
        holdout_salt="s",
        epsilon=0.2,
        floor=0.001,
        consent_default="refused",
        contact_costs={"email": 0.01, "sms": 0.0},
        caps=(Cap("any", 3, 7), Cap("channel", 1, 0.5, "phone")),
        levers=(Lever(-0.5, kind="gift", channel="email"),),
        effect_on="margin",
    )


def test_a_policy_from_before_there_were_effects_counts_those_on_retention(tmp_path: Path) -> None:
    assert load(written(tmp_path, ("effect_on: margin\n", "")), Policy).rules().effect_on == "retention"


def test_a_policy_survives_being_written(tmp_path: Path) -> None:
    policy = load(DEFAULT, Policy)
    dump(policy, tmp_path / "policy.yaml")
    assert load(tmp_path / "policy.yaml", Policy) == policy


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("version: v7\n", "", "version: Field required"),
        ("version: v7", "version: 7", "version: Input should be a valid string (given 7)"),
        ("effect_on: margin", "effect_on: sales", "effect_on: Input should be 'retention' or 'margin' (given 'sales')"),
        ("seed: 7", "seed: -1", "seed: Input should be greater than or equal to 0 (given -1)"),
        ("share: 0.1", "share: 5", "holdout.share: Input should be less than or equal to 1 (given 5)"),
        ("share: 0.1", "share: .nan", "holdout.share: Input should be a finite number (given nan)"),
        ("salt: s", "salt: ''", "holdout.salt: String should have at least 1 character (given '')"),
        (
            "epsilon: 0.2",
            "epsilon: -0.2",
            "exploration.epsilon: Input should be greater than or equal to 0 (given -0.2)",
        ),
        ("refused", "maybe", "consent_default: Input should be 'granted' or 'refused' (given 'maybe')"),
        ("email: 0.01", "email: -1", "contact_costs.email: Input should be greater than or equal to 0 (given -1)"),
        ("email: 0.01", "email: .inf", "contact_costs.email: Input should be a finite number (given inf)"),
        (
            "scope: any",
            "scope: week",
            "caps.0.scope: Input should be 'any', 'offer', 'kind' or 'channel' (given 'week')",
        ),
        (
            "max_contacts: 3",
            "max_contacts: 0",
            "caps.0.max_contacts: Input should be greater than or equal to 1 (given 0)",
        ),
        ("window_days: 7", "window_days: 0", "caps.0.window_days: Input should be greater than 0 (given 0)"),
        (
            "amount: -0.5",
            "amount: lots",
            "levers.0.amount: Input should be a valid number, unable to parse string as a number (given 'lots')",
        ),
        ("seed: 7", "seed: 7\nretries: 3", "retries: Extra inputs are not permitted"),
    ],
)
def test_a_broken_rule_names_its_field(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, (old, new)), Policy)
    assert caught.value.details == (problem,)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("scope: any", "scope: any, name: email", "caps.0: Value error, a cap on any contact takes no name"),
        (
            "kind: gift, channel: email, ",
            "",
            "levers.0: Value error, a lever names at least one of offer_id, kind, channel",
        ),
    ],
)
def test_a_rule_over_two_fields_names_the_item(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, (old, new)), Policy)
    assert [detail.startswith(problem) for detail in caught.value.details] == [True]


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, ("share: 0.1", "share: 2"), ("floor: 0.001", "floor: 2"), ("seed: 7", "sede: 7"))
    with pytest.raises(ConfigError, match="4 problems"):
        load(path, Policy)


def test_a_policy_is_frozen() -> None:
    policy = load(DEFAULT, Policy)
    with pytest.raises(ValidationError, match="frozen"):
        policy.seed = 1  # type: ignore[misc]


SECTIONS: list[tuple[str, type[BaseModel]]] = [
    ("", Policy),
    ("holdout", HoldoutSettings),
    ("exploration", ExplorationSettings),
    ("caps", CapSettings),
    ("levers", LeverSettings),
]


@pytest.mark.parametrize(("section", "kind"), SECTIONS, ids=[kind.__name__ for _, kind in SECTIONS])
def test_the_default_policy_shows_every_setting(section: str, kind: type[BaseModel]) -> None:
    text = DEFAULT.read_text()
    _, found, within = text.partition(f"\n{section}:") if section else ("", "all", text)
    if section == "levers":  # none by default: its settings stand in the comment before
        within = text[text.index("# A business's own") :]
    assert found
    assert [name for name in kind.model_fields if name not in within.replace(":", " ").replace(",", " ").split()] == []


def test_every_part_of_the_default_policy_is_explained() -> None:
    lines = DEFAULT.read_text().splitlines()
    settings = [(at, line) for at, line in enumerate(lines) if line[:1].isalpha()]
    assert [line.split(":")[0] for _, line in settings] == list(yaml.safe_load(DEFAULT.read_text()))
    assert [line for at, line in settings if "#" not in line and not lines[at - 1].startswith("#")] == []
