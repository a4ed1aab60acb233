"""The API's description: complete for programs, offline for people."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient


@pytest.fixture
def schema(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/").json()
    return described


def test_it_names_every_route(schema: dict[str, Any]) -> None:
    assert {(path, method) for path, methods in schema["paths"].items() for method in methods} == {
        ("/v1/score", "post"),
        ("/v1/decide", "post"),
        ("/v1/outcomes", "post"),
        ("/v1/events", "post"),
        ("/v1/decisions/{decision_id}", "get"),
        ("/v1/decisions/{decision_id}/explanation", "get"),
    }


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    references = set(re.findall(r"#/components/schemas/(\w+)", str(schema)))
    assert references <= set(schema["components"]["schemas"])
    assert {"DecideRequest", "DecideAnswer", "ErrorAnswer", "EventRequest"} <= references


def test_it_describes_body_key_and_errors_of_a_decision(schema: dict[str, Any]) -> None:
    decide = schema["paths"]["/v1/decide"]["post"]
    assert decide["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/DecideRequest")
    assert [parameter["name"] for parameter in decide["parameters"]] == ["idempotency-key"]
    assert {"200", "409", "413", "415", "422", "503"} <= set(decide["responses"])
    assert schema["components"]["schemas"]["DecideRequest"]["additionalProperties"] is False


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/", headers={"accept": "text/html,application/xhtml+xml"})
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(sources) == 3
    assert [client.get(source).status_code for source in sources] == [200] * 3
    assert "validatorUrl: null" in page.text


def test_programs_and_pages_see_one_description(client: TestClient, schema: dict[str, Any]) -> None:
    assert client.get("/openapi.json").json() == schema
