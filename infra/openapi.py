"""The OpenAPI 3.1 document of declared endpoints.

A core: declarations in, a document out, of plain dictionaries. Schemas, descriptions and examples come from the
msgspec types (docstrings and ``msgspec.Meta``), errors from the classes of ``DomainError``.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from infra.access import Access, Who
from infra.endpoint import EVENT_STREAM, JSON, AnyEndpoint
from infra.errors import DomainError, problem_type
from infra.pagination import PageQuery
from infra.rate_limits import LIMITS
from infra.request_errors import (
    BodyInvalid,
    BodyMalformed,
    BodyTooLarge,
    BodyTooSlow,
    CrossOrigin,
    CursorInvalid,
    MediaTypeUnsupported,
    NotAllowed,
    NotSignedIn,
    QueryInvalid,
    RateLimited,
    StepUpNeeded,
)

PROBLEM_JSON = "application/problem+json"
_REF = "#/components/schemas/{name}"

Json = dict[str, Any]

SECURITY_SCHEMES: Mapping[str, Json] = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The short-lived token a sign-in answers with.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key for machines, `hk_...`; it needs the scope that is named.",
    },
    "streamKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "The channel's stream key, the one of WHIP.",
    },
}


class Problem(msgspec.Struct, frozen=True):
    """What went wrong (RFC 9457)."""

    type: str
    """A stable URN of the kind of problem."""
    title: str
    status: int
    detail: str


def document(endpoints: Iterable[AnyEndpoint], version: str) -> Json:
    """The document, ready for JSON."""
    declared = sorted(endpoints, key=lambda each: (each.path, each.method))
    types = [Problem, *(type_ for each in declared for type_ in _types(each))]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    paths: dict[str, Json] = {}
    for each in declared:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    used = {name for each in declared for demand in _security(each.access) for name in demand}
    whole: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "Harmonie",
            "version": version,
            "summary": "A self-hosted live stage for musicians.",
            "description": "Errors are problem documents (RFC 9457). Media is spoken over WHIP and WHEP.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in declared)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {name: each for name, each in SECURITY_SCHEMES.items() if name in used},
        },
    }
    _use_single_backticks(whole)
    return whole


def errors_of(endpoint: AnyEndpoint) -> list[type[DomainError]]:
    """Every error the endpoint may answer: its own, and those that follow from what it takes."""
    found: list[type[DomainError]] = [*endpoint.errors, RateLimited]
    if not endpoint.access.is_public and endpoint.access.who != {Who.CHANNEL_KEY}:
        found += [NotSignedIn, NotAllowed, CrossOrigin]
    if endpoint.access.step_up:
        found.append(StepUpNeeded)
    if endpoint.has_query:
        found.append(QueryInvalid)
        if issubclass(endpoint.query, PageQuery):
            found.append(CursorInvalid)
    if endpoint.has_body:
        found += [BodyTooLarge, BodyTooSlow, MediaTypeUnsupported]
        if endpoint.body is not bytes:
            found += [BodyMalformed, BodyInvalid]
    return sorted(dict.fromkeys(found), key=lambda each: (each.status, each.__name__))


def _types(endpoint: AnyEndpoint) -> list[Any]:
    named = [endpoint.answer] if endpoint.has_answer else []
    if endpoint.has_body and endpoint.body is not bytes:
        named.append(endpoint.body)
    return [
        *named,
        *endpoint.events.values(),
        *(type_ for type_ in endpoint.also.values() if type_ is not None),
    ]


def _operation(endpoint: AnyEndpoint) -> Json:
    operation: Json = {
        "operationId": _operation_id(endpoint),
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "security": _security(endpoint.access),
        "x-access": endpoint.access.describe(),
        "x-rate-limits": {name: _limit(name) for name in ("api", endpoint.limit) if name is not None},
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_headers(endpoint)],
        "responses": dict(sorted(_responses(endpoint).items())),
    }
    if endpoint.description:
        operation["description"] = endpoint.description
    if endpoint.has_body:
        operation["requestBody"] = {"required": True, "content": _body(endpoint)}
    return operation


def _operation_id(endpoint: AnyEndpoint) -> str:
    words = [endpoint.method.lower(), *endpoint.path.removeprefix("/api/v1/").split("/")]
    return "_".join(word.strip("{}").replace("-", "_").replace(".", "_") for word in words)


def _limit(name: str) -> str:
    limit = LIMITS[name]
    return f"{limit.quota} requests in {limit.window_s} s"


def _security(access: Access) -> list[dict[str, list[str]]]:
    if access.is_public:
        return []
    demands: list[dict[str, list[str]]] = []
    if access.who != {Who.CHANNEL_KEY}:
        demands.append({"accessToken": []})
    if access.scope is not None:
        demands.append({"apiKey": [access.scope]})
    if Who.CHANNEL_KEY in access.who:
        demands.append({"streamKey": []})
    return demands


def _path_parameters(endpoint: AnyEndpoint) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
            **({"description": endpoint.parts[name]} if name in endpoint.parts else {}),
        }
        for name in endpoint.part_names
    ]


def _query_parameters(endpoint: AnyEndpoint) -> list[Json]:
    if not endpoint.has_query:
        return []
    schema = msgspec.json.schema_components([endpoint.query], ref_template=_REF)[1][endpoint.query.__name__]
    return [
        _query_parameter(name, dict(each), required=name in schema.get("required", ()))
        for name, each in schema.get("properties", {}).items()
    ]


def _query_parameter(name: str, schema: Json, *, required: bool) -> Json:
    # A query cannot carry null: the parameter is left out instead.
    options = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
    if options:
        schema |= options[0] if len(options) == 1 else {"anyOf": options}
    if schema.get("default", ...) is None:
        del schema["default"]
    description = schema.pop("description", None)
    parameter = {"name": name, "in": "query", "required": required, "schema": schema}
    return parameter if description is None else {**parameter, "description": description}


def _headers(endpoint: AnyEndpoint) -> list[Json]:
    if not endpoint.etag:
        return []
    return [
        {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "The `ETag` of an earlier answer; 304 when nothing has changed.",
            "schema": {"type": "string"},
        }
    ]


def _body(endpoint: AnyEndpoint) -> Json:
    if endpoint.body is bytes:
        return {each: {} for each in endpoint.body_types}
    return {each: {"schema": _schema(endpoint.body)} for each in endpoint.body_types}


def _responses(endpoint: AnyEndpoint) -> dict[str, Json]:
    ordinary = _answer(
        endpoint.status, endpoint.answer if endpoint.has_answer else None, endpoint.answer_type
    )
    if endpoint.events:
        ordinary = _event_stream(endpoint.events)
    if endpoint.etag:
        ordinary["headers"] = {"ETag": {"schema": {"type": "string"}}}
    responses = {str(endpoint.status): ordinary}
    if endpoint.etag:
        responses["304"] = {"description": "Not changed since the answer with that ETag."}
    for status, type_ in endpoint.also.items():
        responses[str(status)] = _answer(status, type_)
    for error in errors_of(endpoint):
        _add_problem(responses, error)
    return responses


def _answer(status: int, type_: Any, media_type: str = JSON) -> Json:
    answer: Json = {"description": HTTPStatus(status).phrase}
    if type_ is not None:
        answer["content"] = {media_type: {"schema": _schema(type_)}}
    return answer


def _event_stream(events: Mapping[str, Any]) -> Json:
    names = ", ".join(f"`{name}`" for name in events)
    return {
        "description": f"Server-sent events ({names}) until the client leaves; the data is JSON.",
        "content": {
            EVENT_STREAM: {
                "schema": {"type": "string"},
                "x-events": {name: _schema(type_) for name, type_ in events.items()},
            }
        },
    }


def _add_problem(responses: dict[str, Json], error: type[DomainError]) -> None:
    problem = responses.setdefault(
        str(error.status),
        {
            "description": "",
            "content": {PROBLEM_JSON: {"schema": {"$ref": _REF.format(name="Problem")}, "examples": {}}},
        },
    )
    if PROBLEM_JSON not in problem.get("content", {}):
        raise ValueError(f"{error.__name__} has the status of an ordinary answer, {error.status}")
    problem["description"] = "; ".join(filter(None, (problem["description"], error.title)))
    problem["content"][PROBLEM_JSON]["examples"][error.slug()] = {
        "summary": " ".join((error.__doc__ or error.title).split()),
        "value": {
            "type": problem_type(error.slug()),
            "title": error.title,
            "status": error.status,
            "detail": error.title,
        },
    }
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        problem["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def _schema(type_: Any) -> Json:
    (schema,), _ = msgspec.json.schema_components([type_], ref_template=_REF)
    return schema


def _use_single_backticks(value: Any) -> None:
    """Docstrings quote code as reStructuredText does, OpenAPI as CommonMark."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        if isinstance(each, str):
            value[key] = each.replace("``", "`")
        elif isinstance(each, (dict, list)):
            _use_single_backticks(each)
