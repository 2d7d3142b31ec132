"""Flows as files: the zip of three JSON files, and the one JSON document. Pure: bytes in, plain data out.

A package says everything that makes a flow: ``flow_definition.json`` its steps, inputs and prompts,
``app_definition.json`` which version it is, how its endpoint answers and its guardrails, ``env_variables.json`` its
variables. Of a secure variable only its name, notes and that it is secure are in it, never a value.

Reading only parses. A zip is hostile until read: names that are not one of the three, a second file of one name, more
bytes than allowed and whatever else the library trips over are refused before anything is believed.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from flow_runtime.errors import FlowError, InvalidDefinition, Json, invalid
from flow_runtime.json_limits import JsonError, encode_json, parse_json
from peer_server.errors import TooLarge
from peer_server.pointers import faults_of, pointer

FLOW_FILE: Final = "flow_definition.json"
APP_FILE: Final = "app_definition.json"
ENV_FILE: Final = "env_variables.json"
FILES: Final = (FLOW_FILE, APP_FILE, ENV_FILE)
MOST_BYTES: Final = 5 << 20
"""Of one file, unpacked."""
MOST_VARIABLES: Final = 1000
_MOST_ENTRIES: Final = 64
"""More than any package has, even if compressed bytes look like the mark of an entry by chance."""
_ENTRY: Final = b"PK\x01\x02"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_IN_APP: Final = ("settings", "guardrails")
_ENCRYPTED: Final = 1
_BESIDE: Final = ("envVariables", "exportedVersion")
"""What a document has beside the keys of a definition."""


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True)


class PackedVariable(_Part):
    """A variable in a file; a secure one without its value."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
    value: Json = None
    secure: bool = False
    notes: Annotated[str, Field(max_length=2000)] = ""


class _Environment(_Part):
    format_version: Literal[1] = 1
    variables: Annotated[list[PackedVariable], Field(max_length=MOST_VARIABLES)] = []


class _App(_Part):
    format_version: Literal[1] = 1
    name: str = ""
    description: str = ""
    version: int | None = None
    published_at: str | None = None
    version_notes: str = ""
    settings: dict[str, Json] | None = None
    guardrails: dict[str, Json] | None = None


class _Beside(_Part):
    env_variables: Annotated[list[PackedVariable], Field(max_length=MOST_VARIABLES)] = []
    exported_version: int | None = None


P = TypeVar("P", bound=_Part)


@dataclass(frozen=True, slots=True)
class Package:
    """A flow as it travels; `version` is the number that it had, None for a draft."""

    definition: Mapping[str, Json]
    variables: Sequence[PackedVariable] = ()
    version: int | None = None
    version_notes: str = ""
    published_at: str | None = None

    @property
    def name(self) -> str:
        """What the flow is called."""
        return str(self.definition["name"])


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody sent, parsed: some of the three files, or one document with everything."""

    files: Mapping[str, Json] | None
    document: Json = None

    def require_all(self) -> None:
        """Raises `InvalidDefinition` ``missing_file`` naming every one of the three that is not there."""
        faults: list[dict[str, Json]] = [
            {"code": "missing_file", "message": f"{name} is missing", "path": pointer([name])}
            for name in FILES
            if name not in (self.files or ())
        ]
        if faults:
            missing = ", ".join(str(fault["path"]).removeprefix("/") for fault in faults)
            raise invalid(f"a package needs all three files; missing: {missing}", faults, code="missing_file")


def to_document(package: Package) -> dict[str, Json]:
    """The flow as one JSON document: its definition, and beside it the variables and which version this was."""
    variables = [one.model_dump(by_alias=True) for one in package.variables]
    return {**package.definition, "envVariables": variables, "exportedVersion": package.version}


def to_files(package: Package) -> dict[str, dict[str, Json]]:
    """The three files by their names."""
    definition = dict(package.definition)
    app = _App(
        name=package.name,
        description=str(definition.get("description", "")),
        version=package.version,
        published_at=package.published_at,
        version_notes=package.version_notes,
    ).model_dump(by_alias=True, exclude=set(_IN_APP))
    app |= {key: definition.pop(key) for key in _IN_APP if key in definition}
    environment = _Environment(variables=list(package.variables)).model_dump(by_alias=True)
    return {FLOW_FILE: definition, APP_FILE: app, ENV_FILE: environment}


def to_zip(package: Package) -> bytes:
    """The package; the same flow always gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in to_files(package).items():
            file.writestr(zipfile.ZipInfo(name), encode_json(content), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def read_upload(parts: Sequence[tuple[str, bytes]]) -> Upload:
    """What was sent, as named pieces of bytes. Raises `InvalidDefinition`, `JsonError`, `TooLarge`; nothing else."""
    if len(parts) == 1 and parts[0][1].startswith(_ZIP):
        return Upload(_unzip(parts[0][1]))
    if len(parts) == 1 and parts[0][0] not in FILES:
        document = _parse(parts[0][0], parts[0][1])
        if isinstance(document, dict) and isinstance(document.get("files"), dict):
            _require_known(list(document["files"]))
            return Upload(document["files"])
        return Upload(None, document)
    _require_known([name for name, _data in parts])
    return Upload({name: _parse(name, data) for name, data in parts})


def to_package(upload: Upload) -> Package:
    """The flow in it, its definition not yet checked. Raises `InvalidDefinition` listing every fault with its path."""
    if upload.files is None:
        return _from_document(upload.document)
    definition = upload.files.get(FLOW_FILE)
    if not isinstance(definition, dict):
        message = f"{FLOW_FILE} is missing" if definition is None else f"{FLOW_FILE} must be an object"
        raise InvalidDefinition("missing_file", message, path=pointer([FLOW_FILE]), remedy="add it to the package")
    app = _read(_App, upload.files.get(APP_FILE, {}), prefix=pointer([APP_FILE]))
    environment = _read(_Environment, upload.files.get(ENV_FILE, {}), prefix=pointer([ENV_FILE]))
    _require_distinct(environment.variables, prefix=pointer([ENV_FILE, "variables"]))
    parts = {key: value for key in _IN_APP if (value := getattr(app, key)) is not None}
    return Package(
        {**definition, **parts}, tuple(environment.variables), app.version, app.version_notes, app.published_at
    )


def file_stem(name: str) -> str:
    """The flow's name as the name of a file, without what file systems or shells trip over."""
    shown = "".join("_" if char in '/\\:*?"<>|' or not char.isprintable() else char for char in name)
    return shown.strip(" .")[:100].strip(" .") or "flow"


def _from_document(document: Json) -> Package:
    if not isinstance(document, dict):
        raise InvalidDefinition("invalid_package", "a flow is a JSON object", remedy="send what an export gave")
    beside = _read(_Beside, {key: document[key] for key in _BESIDE if key in document}, prefix="")
    _require_distinct(beside.env_variables, prefix="/envVariables")
    whole = document["definition"] if isinstance(document.get("definition"), dict) else document
    definition = {key: value for key, value in whole.items() if key not in _BESIDE}
    return Package(definition, tuple(beside.env_variables), beside.exported_version)


def _read(model: type[P], content: Json, *, prefix: str) -> P:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = faults_of(error, content, prefix=prefix)
        raise invalid("this is not a package", faults, code="invalid_package") from error


def _require_distinct(variables: Sequence[PackedVariable], *, prefix: str) -> None:
    seen: set[str] = set()
    for index, one in enumerate(variables):
        if one.name in seen:
            path = f"{prefix}/{index}/name"
            raise InvalidDefinition("duplicate_name", f"a second variable is called {one.name!r}", path=path)
        seen.add(one.name)


def _require_known(names: Sequence[str]) -> None:
    """Raises `InvalidDefinition` unless each is one of the three names, and none comes twice."""
    for index, name in enumerate(names):
        if name not in FILES:
            message = f"{name[:100]!r} does not belong into a package"
            raise _refused("unexpected_file", message, remedy=f"send only {', '.join(FILES)}")
        if name in names[:index]:
            raise _refused("duplicate_file", f"{name} is in the package twice", remedy="send each file once")


def _unzip(data: bytes) -> dict[str, Json]:
    if data.count(_ENTRY) > _MOST_ENTRIES:
        raise _refused("unexpected_file", "this zip has more files than a package", remedy="send the three files")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            entries = file.infolist()
            _require_known([entry.filename for entry in entries])
            return {entry.filename: _parse(entry.filename, _unpack(file, entry)) for entry in entries}
    except FlowError:
        raise
    except Exception as error:
        raise _refused(
            "invalid_zip", "this is no sound zip file", remedy="send the file that an export gave"
        ) from error


def _unpack(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry. What it says of its size is not believed: no more than is allowed is ever unpacked."""
    if entry.flag_bits & _ENCRYPTED:
        raise _refused("encrypted_file", f"{entry.filename} is encrypted", remedy="send the package without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused("invalid_zip", f"{entry.filename} is packed in an unusual way", remedy="pack it as plain zip")
    with file.open(entry) as packed:
        data = packed.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _too_large(entry.filename)
    return data


def _parse(name: str, data: bytes) -> Json:
    if len(data) > MOST_BYTES:
        raise _too_large(name or "the document")
    try:
        return parse_json(data, max_bytes=MOST_BYTES)
    except JsonError as error:
        message = f"{name}: {error.message}" if name in FILES else error.message
        path = pointer([name]) if name in FILES else ""
        raise JsonError(error.code, message, path=path, remedy=error.remedy) from error


def _refused(code: str, message: str, *, remedy: str) -> InvalidDefinition:
    return InvalidDefinition(code, message, remedy=remedy)


def _too_large(name: str) -> TooLarge:
    message = f"{name} has more than {MOST_BYTES:,} bytes"
    return TooLarge("payload_too_large", message, remedy="keep large data out of flows", details={"limit": MOST_BYTES})
