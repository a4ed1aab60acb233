"""What the environment says of the webhook, and that nothing secret of it is shown."""

from __future__ import annotations

import pytest

from configs.errors import ConfigError
from monitoring.alerts.endpoint import Endpoint, endpoint_of

WHOLE = "https://user:pass-1@hooks.example.com:8443/services/token-2?key=token-3#token-4"
SECRETS = ("user", "pass-1", "token-2", "token-3", "token-4", "secret-5")


def test_all_three_are_read() -> None:
    environment = {
        "TENURE_WEBHOOK_URL": f" {WHOLE}\n",
        "TENURE_WEBHOOK_SECRET": "secret-5\n",
        "TENURE_REPORT_URL": "https://reports.example.com/shop",
    }
    assert endpoint_of(environment) == Endpoint(WHOLE, "secret-5", "https://reports.example.com/shop")


@pytest.mark.parametrize("environment", [{}, {"TENURE_WEBHOOK_URL": " "}, {"TENURE_WEBHOOK_SECRET": "s"}])
def test_without_an_address_there_is_no_webhook(environment: dict[str, str]) -> None:
    assert endpoint_of(environment) is None


def test_secrets_are_not_shown() -> None:
    endpoint = Endpoint(WHOLE, "secret-5")
    assert endpoint.shown == "https://hooks.example.com:8443/..."
    assert [secret for secret in SECRETS if secret in f"{endpoint} {endpoint!r} {endpoint.shown}"] == []


@pytest.mark.parametrize(
    "url",
    [
        "token-2",
        "hooks.example.com/token-2",
        "ftp://hooks.example.com/token-2",
        "file:///etc/token-2",
        "https://",
        "https:///token-2",
        "https://hooks.example.com:0/token-2",
        "https://hooks.example.com:70000/token-2",
        "https://hooks.example.com:token-2/",
        "https://[::1/token-2",
        "https://hooks.example.com/token-2\n/x",
        "https://hooks.example.com/token-2\udcff",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        endpoint_of({"TENURE_WEBHOOK_URL": url})
    assert str(raised.value) == (
        "the webhook cannot be used; what was given is not shown, it may hold secrets\n"
        "  - TENURE_WEBHOOK_URL: must be an address such as https://hooks.example.com/services/TOKEN"
    )
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "site", ["reports", "https://u:p@reports.example.com", "https://reports.example.com?key=k", "https://r.example#x"]
)
def test_all_problems_are_told_at_once(site: str) -> None:
    with pytest.raises(ConfigError) as raised:
        endpoint_of({"TENURE_WEBHOOK_URL": "x", "TENURE_REPORT_URL": site})
    assert [detail.partition(":")[0] for detail in raised.value.details] == ["TENURE_WEBHOOK_URL", "TENURE_REPORT_URL"]
