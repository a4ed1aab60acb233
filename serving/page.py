"""The API's own description at `/`: OpenAPI for programs, a page for people that loads nothing from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic.json_schema import models_json_schema
from starlette.staticfiles import StaticFiles

from serving.schemas import Ask, DecideRequest, EventRequest, OutcomeRequest, ScoreRequest

SCHEMAS = "#/components/schemas/{model}"
ASSETS = "/static_content"
# The page of BentoML itself loads a tag manager; its copy of Swagger UI is used without it, and without the validator
# badge, which would send the description to a server on the internet.
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tenure</title>
<link rel="stylesheet" href="{ASSETS}/swagger-ui.css">
<link rel="icon" href="{ASSETS}/favicon-light-32x32.png">
</head>
<body>
<div id="api"></div>
<script src="{ASSETS}/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({{url: "/openapi.json", dom_id: "#api", validatorUrl: null}})</script>
</body>
</html>
"""


def describe(app: FastAPI) -> None:
    """Add `/`, `/openapi.json` and the page's assets to `app`, whose other routes must all be there already."""
    schema = app.openapi()
    _, requests = models_json_schema(
        [(kind, "validation") for kind in (ScoreRequest, DecideRequest, OutcomeRequest, EventRequest)],
        ref_template=SCHEMAS,
    )
    schema["components"]["schemas"].update(requests["$defs"])

    async def openapi() -> Response:
        return JSONResponse(schema)

    async def index(request: Request) -> Response:
        for_people = "text/html" in request.headers.get("accept", "")
        return HTMLResponse(PAGE) if for_people else JSONResponse(schema)

    app.add_api_route("/", index, include_in_schema=False)
    app.add_api_route("/openapi.json", openapi, include_in_schema=False)
    app.mount(ASSETS, StaticFiles(directory=_assets(), check_dir=False))


def body_of(kind: type[Ask]) -> dict[str, object]:
    """The OpenAPI of a route that takes `kind` as its JSON body."""
    reference = {"schema": {"$ref": SCHEMAS.format(model=kind.__name__)}}
    return {"requestBody": {"required": True, "content": {"application/json": reference}}}


def _assets() -> Path:
    return Path(str(files("bentoml"))) / "_internal" / "server" / "static_content"
