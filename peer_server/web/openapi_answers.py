"""What the OpenAPI document says of every operation without anybody writing it: a summary, problems, examples."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from peer_server.errors import PROBLEM_TYPE, title_of
from peer_server.web.openapi_examples import ANSWERS, ANY_JSON

Document = dict[str, Any]

_FIRST_SENTENCE: Final = re.compile(r"[^.;:]*(?:[.:](?=\S)[^.;:]*)*")
_PROBLEM: Final[Document] = {
    "title": "Problem",
    "description": "Why a request was refused, in the form of RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "remedy"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Which problem it is; stable, for programs."},
        "detail": {"type": "string", "description": "What is wrong, for people."},
        "remedy": {"type": "string", "description": "What to do about it."},
        "path": {"type": "string", "description": "Where it is: a JSON Pointer into the body, or query:name."},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "Every fault, if there are several."},
        "details": {"description": "More for programs, such as retryAfterS."},
        "appRunId": {"type": "string", "description": "The run that failed."},
        "category": {"type": "string", "description": "Whose fault the failure of a run was."},
        "stepId": {"type": "string", "description": "The step that failed."},
        "error": {"type": "object", "description": "What the run recorded of its failure."},
    },
}
_EXAMPLES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("invalid_request", "the request is not valid"),
    401: ("unauthenticated", "sign in first"),
    403: ("forbidden", "this needs a right that you do not have"),
    404: ("not_found", "there is no flow '019a…'"),
    409: ("conflict", "it was changed since"),
    410: ("interrupt_expired", "the interrupt 'i-1' has expired"),
    413: ("payload_too_large", "a body may have 1,048,576 bytes"),
    415: ("unsupported_media_type", "the body does not say that it is JSON"),
    422: ("checks_failed", "the flow has errors"),
    429: ("rate_limited", "too many requests"),
    500: ("internal", "something went wrong here; the log of the server says what"),
    503: ("store_unavailable", "the database does not answer"),
}
_PROVING: Final = ("/v1/auth/", "/v1/webhook/")
"""Public routes whose body proves who sends it."""
_DEEPEST: Final = 12
_DEEP: Final = 4
"""From here on samples have nothing where there may be nothing."""


def also(*statuses: int) -> dict[int | str, Document]:
    """What a route declares as `responses` that answers with problems which its shape does not tell."""
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


def complete(document: Document) -> None:
    """Fill in what is missing of every operation; what a route says itself stays."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    components["responses"] = {str(status): _problem(status) for status in _EXAMPLES}
    for (method, path), operation in operations(document):
        operation["summary"] = _summary(operation)
        _add_problems(operation, path=path, method=method)
        name = f"{method.upper()} {path}"
        _add_examples(operation, schemas, answer=ANSWERS.get(name), is_object=name not in ANY_JSON)
        for parameter in operation.get("parameters", ()):
            parameter.setdefault("description", _words(parameter["name"]))
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)


def operations(document: Document) -> Iterator[tuple[tuple[str, str], Document]]:
    """Every operation under its method and path."""
    for path, found in document["paths"].items():
        yield from (((method, path), operation) for method, operation in found.items())


def _summary(operation: Document) -> str:
    """The first clause of the description, which is the route's docstring."""
    said = " ".join(str(operation.get("description") or operation["summary"]).split("\n\n")[0].split())
    match = _FIRST_SENTENCE.match(said)
    return (match.group() if match else said).strip().rstrip(".")


def _words(name: str) -> str:
    if name.endswith("_id"):
        return f"The id of the {name.removesuffix('_id').replace('_', ' ')}."
    known = {
        "cursor": "`nextCursor` of the page before.",
        "limit": "How many items at most.",
        "search": "Words to find.",
    }
    return known.get(name, f"The {re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', name).replace('_', ' ').lower()}.")


def _problem(status: int) -> Document:
    code, detail = _EXAMPLES[status]
    title = title_of(status)
    example = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": {**example, "remedy": "…"}}
    return {"description": title, "content": {PROBLEM_TYPE: content}}


def _add_problems(operation: Document, *, path: str, method: str) -> None:
    """The problems that such a route can answer with."""
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    has_body = "requestBody" in operation
    possible = {
        400: has_body or bool(operation.get("parameters")),
        401: bool(operation.get("security")) or (has_body and path.startswith(_PROVING)),
        403: bool(operation.get("security")),
        404: has_body or "{" in path or bool(operation.get("parameters")),
        409: method != "get" or "{" in path,
        410: "interrupt" in path or "resume" in path,
        413: has_body,
        415: has_body,
        422: has_body,
        429: True,
        500: True,
        503: True,
    }
    for status, is_possible in possible.items():
        if is_possible:
            responses.setdefault(str(status), {"$ref": f"#/components/responses/{status}"})


def _add_examples(
    operation: Document,
    schemas: Document,
    *,
    answer: Any,  # noqa: ANN401 - any JSON
    is_object: bool,
) -> None:
    bodies = [operation.get("requestBody", {})]
    answers = [response for status, response in operation["responses"].items() if status.startswith("2")]
    for place in [*bodies, *answers]:
        content = place.get("content", {}).get("application/json")
        if content is None or "example" in content or "examples" in content:
            continue
        schema = content.setdefault("schema", {})
        if place in answers and answer is not None:
            content["example"] = _completed(answer, schema, schemas)
            if is_object and schema.keys() <= {"title"}:
                content["schema"] = {"type": "object", "additionalProperties": True}
        else:
            content["example"] = _sample(schema, schemas, depth=0)


def _completed(value: Any, schema: Document, schemas: Document) -> Any:  # noqa: ANN401 - any JSON
    """An example that was written by hand, with the fields that it left out although every answer has them."""
    if "$ref" in schema:
        return _completed(value, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1 and value is not None:
        return _completed(value, options[0], schemas)
    if isinstance(value, list):
        return [_completed(item, schema.get("items", {}), schemas) for item in value]
    fields = schema.get("properties", {})
    if not isinstance(value, dict) or not fields:
        return value
    lacking = [name for name in schema.get("required", ()) if name not in value]
    told = {name: _completed(item, fields.get(name, {}), schemas) for name, item in value.items()}
    return told | {name: _sample(fields[name], schemas, depth=0) for name in lacking}


def _sample(schema: Document, schemas: Document, *, depth: int) -> Any:  # noqa: ANN401 - any JSON
    """A value as the schema wants it: its own examples and defaults first."""
    if "$ref" in schema:
        return _sample(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth=depth + 1)
    for found in (*schema.get("examples", ()), *schema.get("enum", ())):
        return deepcopy(found)
    if "const" in schema or schema.get("default") is not None:
        return deepcopy(schema.get("const", schema.get("default")))
    for options in (schema.get("allOf"), schema.get("anyOf"), schema.get("oneOf")):
        if options and depth > _DEEP and {"type": "null"} in options:
            return None
        for option in options or ():
            if option.get("type") != "null":
                return _sample(option, schemas, depth=depth)
    return _plain(schema, schemas, depth=depth)


def _plain(schema: Document, schemas: Document, *, depth: int) -> Any:  # noqa: ANN401 - any JSON
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {}) if depth < _DEEPEST else {}
            needed = {*(schema.get("required", ()) if depth > _DEEP else fields)}
            return {name: _sample(field, schemas, depth=depth + 1) for name, field in fields.items() if name in needed}
        case "array":
            items = schema.get("items") if depth < _DEEPEST else None
            return [_sample(items, schemas, depth=depth + 1)] if items else []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
        case "string":
            return _FORMATS.get(schema.get("format", ""), "text")
    return {}


_FORMATS: Final = {"date-time": "2026-11-27T09:00:00+00:00", "date": "2026-11-27", "email": "ada@example.com"}
