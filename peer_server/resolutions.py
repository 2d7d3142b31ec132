"""What answers an interrupt: the shapes of a resolution, and whether one fits what was asked. Pure.

==============  ====================================================================================
kind            resolution
==============  ====================================================================================
approval        ``{"decision", "comment"?, "edits"?, "formData"?}``
form            ``{"formData": {…}}``, also ``{"form": {"executionId", "values"}}``; ``{"cancel": true}``
client tool     ``{"toolResult": {"executionId", "success", "output"?, "error"?}}``
==============  ====================================================================================
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import orjson

from flow_runtime.canonical import canonical_bytes
from flow_runtime.errors import Conflict, InvalidDefinition, Json, invalid
from flow_runtime.json_limits import JsonError, check_json
from flow_runtime.run import Interrupt, InterruptKind
from flow_runtime.schema_validation import validate
from peer_server.access import unknown
from peer_server.pointers import pointer

LONGEST_COMMENT: Final = 10_000
_FIELDS: Final[Mapping[InterruptKind, frozenset[str]]] = {
    InterruptKind.APPROVAL: frozenset({"decision", "comment", "edits", "formData"}),
    InterruptKind.FORM: frozenset({"formData", "cancel"}),
    InterruptKind.CLIENT_TOOL: frozenset({"toolResult"}),
}
_RESULT_FIELDS: Final = frozenset({"executionId", "success", "output", "error"})
_REJECT: Final = "reject"
_SHAPES: Final = 'send {"decision": …}, {"formData": {…}} or {"toolResult": {"executionId", "success", "output"}}'


def read_resolution(interrupt: Interrupt, body: Mapping[str, Json]) -> dict[str, Json]:
    """The resolution in its one stored shape. Whether its content is acceptable is for `check_resolution`.

    Raises `InvalidDefinition` ``invalid_resolution`` for what is no resolution at all, `Conflict` ``wrong_kind`` for
    one of another kind, `NotFound` if it names another execution.
    """
    check_json(body)
    named = {name: body[name] for name in ("interruptId", "executionId") if name in body}
    given = {name: value for name, value in body.items() if name not in named and value is not None}
    if isinstance(given.get("form"), dict):
        form = given.pop("form")
        named |= {name: form[name] for name in ("executionId",) if name in form}
        given["formData"] = form.get("values")
    result = given.get("toolResult")
    if isinstance(result, dict):
        named["toolResult"] = result.get("executionId", interrupt.id)
    for value in named.values():
        if value != interrupt.id:
            raise unknown("execution", str(value))
    _check_kind(interrupt, given)
    return given


def check_resolution(interrupt: Interrupt, resolution: Mapping[str, Json]) -> None:
    """Raise unless the resolution answers what was asked.

    Raises `InvalidDefinition`: ``unknown_decision`` (400), ``invalid_form`` or ``invalid_result`` (422) with one entry
    per field.
    """
    if interrupt.kind is InterruptKind.APPROVAL:
        _check_approval(interrupt.payload, resolution)
    elif interrupt.kind is InterruptKind.FORM:
        _check_form(interrupt, resolution)
    else:
        _check_result(interrupt, resolution["toolResult"])


def same_resolution(one: Json, other: Json) -> bool:
    """Whether two resolutions say exactly the same."""
    return _bytes(one) == _bytes(other)


def _check_kind(interrupt: Interrupt, given: Mapping[str, Json]) -> None:
    fitting = [kind for kind, fields in _FIELDS.items() if _fits(given, kind, fields)]
    if not fitting:
        raise _unfit(sorted(given))
    if interrupt.kind not in fitting:
        raise Conflict(
            "wrong_kind",
            f"this waits for {interrupt.kind.value!r}, the answer is for {', '.join(kind.value for kind in fitting)}",
            remedy="answer with the resolution of the interrupt's own kind",
            details={"kind": interrupt.kind.value, "interruptId": interrupt.id},
        )
    _check_shape(given)


def _unfit(names: Sequence[str]) -> InvalidDefinition:
    """Why fields of these names are no resolution at all."""
    foreign = [name for name in names if not any(name in fields for fields in _FIELDS.values())]
    if foreign:
        return _no_resolution(f"no answer has a field {foreign[0]!r}", path=pointer(foreign[:1]))
    if names:
        return _no_resolution(
            f"this is no answer: {', '.join(names)} without what belongs to it, or with what does not"
        )
    return _no_resolution("there is no answer in this")


def _fits(given: Mapping[str, Json], kind: InterruptKind, fields: frozenset[str]) -> bool:
    """`formData` alone answers a form; beside a `decision` it belongs to an approval."""
    needs_decision = kind is InterruptKind.APPROVAL
    return bool(given) and given.keys() <= fields and (not needs_decision or "decision" in given)


def _check_shape(given: Mapping[str, Json]) -> None:
    for name in ("edits", "formData", "toolResult"):
        if name in given and not isinstance(given[name], dict):
            raise _no_resolution(f"{name!r} must be an object", path=f"/{name}")
    for name in ("decision", "comment"):
        if name in given and not isinstance(given[name], str):
            raise _no_resolution(f"{name!r} must be text", path=f"/{name}")
    if "cancel" in given and (given["cancel"] is not True or len(given) > 1):
        raise _no_resolution("'cancel' must be true and alone", path="/cancel")
    result = given.get("toolResult")
    if result is not None and (not isinstance(result.get("success"), bool) or not result.keys() <= _RESULT_FIELDS):
        raise _no_resolution("a tool result is {executionId, success, output?, error?}", path="/toolResult")


def _no_resolution(message: str, *, path: str = "") -> InvalidDefinition:
    return InvalidDefinition("invalid_resolution", message, path=path, remedy=_SHAPES)


# --- one check per kind -----------------------------------------------------------------------------------------------


def _check_approval(payload: Mapping[str, Json], resolution: Mapping[str, Json]) -> None:
    decision = resolution["decision"]
    offered = {one["name"]: one for one in payload.get("decisions", ())}
    if decision not in offered:
        raise InvalidDefinition(
            "unknown_decision",
            f"{decision!r} is not one of the decisions",
            path="/decision",
            remedy=f"choose one of: {', '.join(offered)}",
        )
    faults = _comment_faults(payload, offered[decision], resolution.get("comment"))
    if "edits" in resolution:
        faults += _edit_faults(payload.get("editable"), resolution["edits"])
    form = payload.get("form")
    if form is None and "formData" in resolution:
        faults.append(_fault("/formData", "unexpected", "this approval has no form"))
    elif form is not None and ("formData" in resolution or decision != _REJECT):
        faults += _schema_faults(form["schema"], resolution.get("formData", {}), prefix="/formData")
    _refuse(faults, "invalid_form")


def _comment_faults(payload: Mapping[str, Json], decision: Mapping[str, Json], comment: str | None) -> list[Json]:
    is_required = payload.get("comment") == "required" or bool(decision.get("needsComment"))
    if is_required and not (comment or "").strip():
        return [_fault("/comment", "required", "is required")]
    if comment and payload.get("comment") == "none" and not is_required:
        return [_fault("/comment", "unexpected", "this approval takes no comment")]
    if comment and len(comment) > LONGEST_COMMENT:
        return [_fault("/comment", "maxLength", f"must have at most {LONGEST_COMMENT} characters")]
    return []


def _edit_faults(editable: Mapping[str, Json] | None, edits: Mapping[str, Json]) -> list[Json]:
    """Edits are checked as the whole that they would make, and may touch nothing but what was offered."""
    if editable is None:
        return [_fault("/edits", "unexpected", "nothing here can be edited")]
    strange = edits.keys() - editable["schema"].get("properties", {}).keys()
    if strange:
        return [_fault("/edits" + pointer([name]), "unexpected", "cannot be edited") for name in sorted(strange)]
    return _schema_faults(editable["schema"], {**editable.get("values", {}), **edits}, prefix="/edits")


def _check_form(interrupt: Interrupt, resolution: Mapping[str, Json]) -> None:
    if "cancel" in resolution:
        if not interrupt.payload.get("cancellable"):
            _refuse([_fault("/cancel", "unexpected", "this form cannot be cancelled")], "invalid_form")
        return
    schema = interrupt.response_schema or interrupt.payload["schema"]
    faults = _schema_faults(schema, resolution["formData"], prefix="")
    _refuse([{**fault, "path": f"/formData{fault['pointer']}"} for fault in faults], "invalid_form")


def _check_result(interrupt: Interrupt, result: Mapping[str, Json]) -> None:
    schema = interrupt.response_schema or interrupt.payload.get("resultSchema")
    if schema is None or not result["success"]:
        return
    output = result.get("output")
    faults = _schema_faults(schema, output, prefix="/toolResult/output")
    if faults and isinstance(output, str):
        # Some clients can only send text: JSON text counts as what it says.
        with suppress(orjson.JSONDecodeError):
            faults = _schema_faults(schema, orjson.loads(output), prefix="/toolResult/output")
    _refuse(faults, "invalid_result")


def _schema_faults(schema: Json, value: Json, *, prefix: str) -> list[Json]:
    faults = [fault.as_json() for fault in validate(schema, value)]
    return [_fault(prefix + fault["pointer"], fault["code"], fault["message"]) for fault in faults]


def _fault(place: str, code: str, message: str) -> Json:
    """One entry of a refusal. `path` leads into what was sent; so does `pointer`, which for forms names the field."""
    return {"pointer": place, "path": place, "code": code, "message": message}


def _refuse(faults: list[Json], code: str) -> None:
    if faults:
        raise invalid("the answer does not fit what was asked", faults, code=code)


def _bytes(value: Json) -> bytes:
    try:
        return canonical_bytes(value)
    except JsonError:
        # Whole numbers beyond what a browser can hold have no canonical form, but they can still be compared.
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
