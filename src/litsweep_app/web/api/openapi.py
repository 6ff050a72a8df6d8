"""The OpenAPI document (3.1), made of the endpoints: what the API says of itself to programs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from litsweep_app.web.api.endpoint import ROOT, Endpoint
from litsweep_app.web.api.values import Answer

VERSION: Final = "1"
_REF: Final = "#/components/schemas/{model}"
_LINE: Final = re.compile(r"\s*\n\s*")
_DESCRIPTION: Final = (
    "What the pages of the review desk do, for programs: the same rules, roles and figures. "
    "Send a token of yours (Account, Tokens) as `Authorization: Bearer TOKEN`; reading is also "
    "possible with the session of a browser that is signed in. Numbers of things are integers; "
    "times are ISO 8601 in UTC. Lists come in pages: `next` is what to send as `after` for the "
    "following one, null on the last. What a machine wrote is unverified, and says so."
)


class Fault(Answer):
    """What went wrong, in words, and the HTTP status."""

    error: str
    status: int


# What every endpoint may answer with: nobody came in, too many requests, the database is away.
_ALWAYS: Final = (401, 403, 429, 503)


def build_document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the document; the same for the same endpoints, whatever the database holds."""
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(ROOT + one.path, {})[one.method.lower()] = _build_operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "litsweep review desk",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.part for one in endpoints)],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _build_schemas(endpoints),
        },
    }


def _build_operation(endpoint: Endpoint) -> dict[str, Any]:
    summary, description = endpoint.what
    built: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.part],
        "summary": summary,
        "description": f"{_plain(description)} For the role {endpoint.role} and above.".strip(),
        "parameters": [*_list_path_parameters(endpoint), *_list_query_parameters(endpoint)],
        "responses": {
            str(endpoint.status): _respond_well(summary, endpoint),
            **{str(status): _respond_fault(status, endpoint) for status in _list_faults(endpoint)},
        },
    }
    if "body" in endpoint.types:
        content = {"application/json": {"schema": _refer(endpoint.types["body"])}}
        built["requestBody"] = {"required": True, "content": content}
    return built


def _list_faults(endpoint: Endpoint) -> list[int]:
    found = {*_ALWAYS, *endpoint.errors, *endpoint.faults}
    if endpoint.path_types or {"query", "body"} & endpoint.types.keys():
        found |= {400, 422}
    if "body" in endpoint.types:
        found.add(413)
    return sorted(found)


def _list_path_parameters(endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    for name, kind in endpoint.path_types.items():
        schema = TypeAdapter(kind).json_schema(ref_template=_REF)
        schema.pop("$defs", None)
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _list_query_parameters(endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    model: type[BaseModel] | None = endpoint.types.get("query")
    if model is None:
        return
    schema = _inline(model.model_json_schema(), model.model_json_schema().get("$defs", {}))
    for name, one in schema["properties"].items():
        described: dict[str, Any] = {"name": name, "in": "query"}
        if "description" in one:
            described["description"] = _plain(one.pop("description"))
        described["required"] = name in schema.get("required", ())
        yield {**described, "schema": _without_null(one)}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out what an address cannot say: that a parameter is null, it is just not there."""
    schema = {key: value for key, value in schema.items() if key != "default" or value is not None}
    others = [one for one in schema.pop("anyOf", []) if one != {"type": "null"}]
    return {**schema, **others[0]} if len(others) == 1 else schema


def _inline(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inline(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        found = _inline(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
    return {key: _inline(value, definitions) for key, value in schema.items() if key != "$defs"}


def _respond_well(what: str, endpoint: Endpoint) -> dict[str, Any]:
    if not endpoint.media_types:
        return _respond(what, endpoint.types["return"])
    return {"description": what, "content": {one: {} for one in endpoint.media_types}}


def _respond(what: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": _refer(model)}}}


def _respond_fault(status: int, endpoint: Endpoint) -> dict[str, Any]:
    return _respond(HTTPStatus(status).phrase, endpoint.faults.get(status, Fault))


def _refer(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _build_schemas(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Fault, "serialization"): None}
    for one in endpoints:
        answers = () if one.media_types else (one.types["return"],)
        for model in (*answers, *one.faults.values()):
            wanted[model, "serialization"] = None
        if "body" in one.types:
            wanted[one.types["body"], "validation"] = None
    _, found = models_json_schema(list(wanted), ref_template=_REF)
    schemas: dict[str, Any] = _described(found["$defs"])
    return dict(sorted(schemas.items()))


def _described(schema: Any) -> Any:
    """Put each description on one line; leave out the titles, which repeat the names."""
    if isinstance(schema, list):
        return [_described(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _plain(value) if key == "description" and isinstance(value, str) else _described(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }


def _plain(text: str) -> str:
    return _LINE.sub(" ", text).replace("``", "`")
