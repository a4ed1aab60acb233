"""Where alerts go, from the environment: what is secret of it is used, and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from configs.errors import ConfigError

URL, SECRET, SITE = "TENURE_WEBHOOK_URL", "TENURE_WEBHOOK_SECRET", "TENURE_REPORT_URL"
SCHEMES = ("http", "https")
PORTS = range(1, 1 << 16)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook. Its URL may hold a password or a token, so only `shown` stands in messages, logs and documents.

    `secret` signs what is sent, where it is not empty; `site` is where the report's pages are served, if they are.
    """

    url: str = field(repr=False)
    secret: str = field(repr=False, default="")
    site: str | None = None

    @property
    def shown(self) -> str:
        """Scheme and host, e.g. https://hooks.example.com/..."""
        url = httpx.URL(self.url)
        return f"{url.scheme}://{url.netloc.decode()}/..."


def endpoint_of(environment: Mapping[str, str]) -> Endpoint | None:
    """The webhook of TENURE_WEBHOOK_URL, signed and linked as its neighbours say; None where it is unset or empty.

    Raises ConfigError, which tells every problem and shows no value.
    """
    url, secret, site = (environment.get(name, "").strip() for name in (URL, SECRET, SITE))
    if not url:
        return None
    problems = []
    if _address(url) is None:
        problems.append(f"{URL}: must be an address such as https://hooks.example.com/services/TOKEN")
    if site and not _bare(_address(site)):
        problems.append(
            f"{SITE}: must be an address such as https://reports.example.com/shop, without password, ? and #"
        )
    if problems:
        raise ConfigError(
            "the webhook cannot be used; what was given is not shown, it may hold secrets", details=problems
        )
    return Endpoint(url, secret, site or None)


def _address(text: str) -> httpx.URL | None:
    """The URL of an HTTP server, None where it is none."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        return None
    return url if url.scheme in SCHEMES and url.host and (url.port is None or url.port in PORTS) else None


def _bare(url: httpx.URL | None) -> bool:
    """Whether pages can be named after it: whoever gets an alert may read the whole of it."""
    return url is not None and not (url.userinfo or url.query or url.fragment)
