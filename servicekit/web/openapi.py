"""The OpenAPI document of an app, with our problems as the errors of every operation, and a page to read it offline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router
from litestar.exceptions import NotFoundException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Operation

from kernel.contracts.problem import PROBLEM_MEDIA_TYPE, Problem

SCHEMA_PATH: Final = "/schema"
_SCHEMAS: Final = "x-schemas"
_METHODS: Final = ("get", "put", "post", "patch", "delete")
_PROBLEM: Final = {"$ref": "#/components/responses/Problem"}


def openapi_config(title: str, version: str, description: str | None = None) -> OpenAPIConfig:
    """JSON at /schema/openapi.json and a page without any foreign script at /schema."""
    return OpenAPIConfig(
        title=title,
        version=version,
        description=description,
        path=SCHEMA_PATH,
        openapi_router=Router(SCHEMA_PATH, route_handlers=[], include_in_schema=False, after_request=_no_foreign_page),
        render_plugins=[_OfflinePage(path="/"), _ProblemJson(path="/openapi.json")],
        use_handler_docstrings=True,
    )


def taking_json(kind: type[msgspec.Struct]) -> type[Operation]:
    """Describes an operation whose handler reads the JSON of its body by itself, as `operation_class`."""
    (reference,), schemas = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")

    class TakingJson(Operation):
        def to_schema(self) -> dict[str, Any]:
            body = {"required": True, "content": {"application/json": {"schema": reference}}, _SCHEMAS: schemas}
            return {**super().to_schema(), "requestBody": body}

    return TakingJson


def declare_problems(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with problem details as the default answer, instead of the framework's own error shapes."""
    (_reference,), schemas = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    components = dict(document.get("components", {}))
    components["schemas"] = {**components.get("schemas", {}), **schemas}
    components["responses"] = {
        **components.get("responses", {}),
        "Problem": {
            "description": "What went wrong, as RFC 9457 problem details.",
            "headers": {"X-Request-ID": {"schema": {"type": "string"}}},
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    }
    paths = {path: _with_problems(item) for path, item in document.get("paths", {}).items()}
    for operation in (item[method] for item in paths.values() for method in _METHODS if method in item):
        components["schemas"].update(operation.get("requestBody", {}).pop(_SCHEMAS, {}))
    return {**document, "paths": paths, "components": components}


def _with_problems(item: Mapping[str, Any]) -> dict[str, Any]:
    declared = dict(item)
    for method in _METHODS:
        if method in declared:
            responses = declared[method].get("responses", {})
            kept = {status: answer for status, answer in responses.items() if not _is_framework_error(status, answer)}
            declared[method] = {**declared[method], "responses": {**kept, "default": _PROBLEM}}
    return declared


def _is_framework_error(status: str, answer: Mapping[str, Any]) -> bool:
    """Litestar describes 400 in a shape of its own that we never send; a handler's own 4xx declarations stay."""
    content = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return status >= "400" and {"status_code", "detail"} <= set(content.get("properties", {}))


def _no_foreign_page(response: Response[Any]) -> Response[Any]:
    """Litestar answers unknown addresses below the schema with a page of its own; ours are problems."""
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise NotFoundException
    return response


class _ProblemJson(JsonRenderPlugin):
    """Made once: it is asked for by whoever likes, and does not change."""

    _made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        self._made = self._made or super().render(request, declare_problems(openapi_schema))
        return self._made


class _OfflinePage(OpenAPIRenderPlugin):
    """Made once, too."""

    _made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        self._made = self._made or self._page(request, openapi_schema)
        return self._made

    def _page(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        title = escape(str(openapi_schema["info"]["title"]))
        rows = "\n".join(_rows(openapi_schema))
        return (
            f"<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>{title}</title></head><body>"
            f"<h1>{title}</h1><p>JSON: <a href='{self.get_openapi_json_route(request)}'>openapi.json</a></p>"
            f"<table><thead><tr><th>Method</th><th>Path</th><th>Does</th></tr></thead><tbody>{rows}</tbody></table>"
            "</body></html>"
        ).encode()


def _rows(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in sorted(document.get("paths", {}).items()):
        for method in _METHODS:
            if method in item:
                text = item[method].get("description") or item[method].get("summary") or ""
                first = escape(str(text).split("\n", 1)[0])
                yield f"<tr><td>{method.upper()}</td><td><code>{escape(path)}</code></td><td>{first}</td></tr>"
