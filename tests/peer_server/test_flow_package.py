"""Packages come back as they went out, and hostile ones are refused, whatever they are made of."""

import io
import struct
import zipfile
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from flow_runtime.errors import FlowError, InvalidDefinition
from flow_runtime.json_limits import encode_json
from peer_server.errors import TooLarge
from peer_server.flow_package import (
    APP_FILE,
    ENV_FILE,
    FILES,
    FLOW_FILE,
    MOST_BYTES,
    Package,
    PackedVariable,
    file_stem,
    read_upload,
    to_document,
    to_files,
    to_package,
    to_zip,
)

DEFINITION: Final[dict[str, Any]] = {
    "name": "Banking Assistant",
    "description": "Helps",
    "start": "done",
    "steps": [{"id": "done", "type": "final", "config": {"output": {"ok": True}}}],
    "settings": {"mode": "async", "asyncTimeoutS": None},
    "guardrails": {"input": [{"type": "regex"}]},
}
VARIABLES: Final = (
    PackedVariable(name="URL", value="https://bank.example", notes="where"),
    PackedVariable(name="KEY", secure=True, notes="ask Ada"),
)
PACKAGE: Final = Package(DEFINITION, VARIABLES, 3, "third", "2026-01-01T00:00:00+00:00")
texts = some.text(some.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
numbers = some.integers(-(1 << 63), (1 << 63) - 1) | some.floats(allow_nan=False, allow_infinity=False)
json_values = some.recursive(
    some.none() | some.booleans() | numbers | texts,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
packages = some.builds(
    Package,
    some.dictionaries(texts, json_values, max_size=4).map(lambda extra: {**extra, **DEFINITION}),
    some.lists(
        some.builds(
            PackedVariable,
            name=some.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True),
            value=json_values,
            notes=texts,
        ),
        max_size=4,
        unique_by=lambda one: one.name,
    ),
    some.none() | some.integers(1, 1000),
)


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        for name, data in files:
            file.writestr(zipfile.ZipInfo(name), data, method)
    return packed.getvalue()


def whole(**changed: bytes) -> list[tuple[str, bytes]]:
    files = {name: encode_json(content) for name, content in to_files(PACKAGE).items()}
    return list({**files, **{f"{name}.json": data for name, data in changed.items()}}.items())


@pytest.mark.row("C-106")
def test_each_file_holds_its_part() -> None:
    files = to_files(PACKAGE)
    assert list(files) == ["flow_definition.json", "app_definition.json", "env_variables.json"]
    assert set(files[FLOW_FILE]) == {"name", "description", "start", "steps"}
    assert files[APP_FILE]["version"] == 3
    assert files[APP_FILE]["guardrails"] == DEFINITION["guardrails"]
    assert files[APP_FILE]["settings"] == DEFINITION["settings"]
    assert [one["name"] for one in files[ENV_FILE]["variables"]] == ["URL", "KEY"]
    assert files[ENV_FILE]["variables"][1]["value"] is None


def test_a_package_comes_back_by_every_way_it_can_be_sent() -> None:
    files = [(name, encode_json(content)) for name, content in to_files(PACKAGE).items()]
    assert to_package(read_upload([("Banking Assistant.zip", to_zip(PACKAGE))])) == PACKAGE
    assert to_package(read_upload(files)) == PACKAGE
    assert to_package(read_upload([("", encode_json({"files": to_files(PACKAGE)}))])) == PACKAGE
    document = to_package(read_upload([("", encode_json(to_document(PACKAGE)))]))
    assert document == Package(DEFINITION, VARIABLES, 3)
    wrapped = to_package(read_upload([("x.json", encode_json({"definition": DEFINITION}))]))
    assert wrapped == Package(DEFINITION)
    alone = to_package(read_upload(files[:1]))
    assert alone.definition == {key: DEFINITION[key] for key in ("name", "description", "start", "steps")}
    assert to_zip(PACKAGE) == to_zip(PACKAGE)


@given(packages)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_package_comes_back_as_it_went_out(package: Package) -> None:
    back = to_package(read_upload([("", to_zip(package))]))
    assert (back.definition, list(back.variables), back.version) == (
        package.definition,
        list(package.variables),
        package.version,
    )
    document = to_package(read_upload([("", encode_json(to_document(package)))]))
    assert (document.definition, list(document.variables)) == (package.definition, list(package.variables))


@pytest.mark.row("C-92")
@pytest.mark.parametrize("left_out", FILES)
def test_every_file_that_is_missing_is_named(left_out: str) -> None:
    upload = read_upload([("", zipped(*[part for part in whole() if part[0] != left_out]))])
    with pytest.raises(InvalidDefinition) as raised:
        upload.require_all()
    assert (raised.value.code, raised.value.path) == ("missing_file", f"/{left_out}")
    assert left_out in raised.value.message


def bomb(size: int) -> bytes:
    return zipped((FLOW_FILE, b"[" + b" " * size + b"]"))


def lying(data: bytes) -> bytes:
    """The same zip, whose directory says that its first file is one byte long."""
    place = data.index(b"PK\x01\x02")
    return data[: place + 24] + struct.pack("<L", 1) + data[place + 28 :]


def encrypted() -> bytes:
    data = bytearray(zipped(*whole()))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


with pytest.warns(UserWarning, match="Duplicate name"):
    TWICE: Final = zipped((FLOW_FILE, b"{}"), (FLOW_FILE, b"{}"))
HOSTILE: Final[list[tuple[str, bytes, str]]] = [
    ("no zip at all", b"PK\x03\x04" + bytes(100), "invalid_zip"),
    ("cut off", zipped(*whole())[:-30], "invalid_zip"),
    ("empty zip", zipped(), "missing_file"),
    ("traversal", zipped(("../flow_definition.json", b"{}")), "unexpected_file"),
    ("absolute", zipped(("/etc/passwd", b"{}")), "unexpected_file"),
    ("in a folder", zipped(("a/flow_definition.json", b"{}")), "unexpected_file"),
    ("backslashes", zipped(("..\\flow_definition.json", b"{}")), "unexpected_file"),
    ("another name", zipped(*whole(), ("run.py", b"")), "unexpected_file"),
    ("a file twice", TWICE, "duplicate_file"),
    ("a thousand files", zipped(*[(f"{n}", b"") for n in range(1000)]), "unexpected_file"),
    ("a bomb", bomb(64 << 20), "payload_too_large"),
    ("a bomb that lies", lying(bomb(64 << 20)), "invalid_zip"),
    ("a large file", zipped((FLOW_FILE, b"1" * (MOST_BYTES + 1)), method=zipfile.ZIP_STORED), "payload_too_large"),
    ("an unusual method", zipped(*whole(), method=zipfile.ZIP_LZMA), "invalid_zip"),
    ("a password", encrypted(), "encrypted_file"),
    ("no JSON", zipped(*whole(env_variables=b"{")), "invalid_json"),
    ("deep JSON", zipped(*whole(env_variables=b"[" * 100_000)), "json_too_deep"),
    ("no number", zipped(*whole(env_variables=b'{"variables": NaN}')), "invalid_json"),
    ("unknown keys", zipped(*whole(app_definition=b'{"evil": 1}')), "invalid_package"),
    ("a list", zipped(*whole(flow_definition=b"[]")), "missing_file"),
    ("a name twice", zipped(*whole(env_variables=b'{"variables": [{"name": "A"}, {"name": "A"}]}')), "duplicate_name"),
    ("a bad name", zipped(*whole(env_variables=b'{"variables": [{"name": "A-B"}]}')), "invalid_package"),
]


@pytest.mark.promise("X4")
@pytest.mark.parametrize(("data", "code"), [entry[1:] for entry in HOSTILE], ids=[entry[0] for entry in HOSTILE])
def test_hostile_packages_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(FlowError) as raised:
        to_package(read_upload([("package.zip", data)]))
    assert raised.value.code == code
    assert isinstance(raised.value, TooLarge) == (code == "payload_too_large")


@pytest.mark.promise("X4")
@given(some.lists(some.tuples(some.integers(0, 2000), some.integers(0, 255)), min_size=1, max_size=8), some.data())
@settings(max_examples=300, deadline=None)
def test_damaged_packages_never_surprise(damage: list[tuple[int, int]], data: some.DataObject) -> None:
    prove_refusal_or_package(damaged(damage, cut=data.draw(some.integers(0, 40))))


@pytest.mark.promise("X4")
@pytest.mark.soak
@given(some.lists(some.tuples(some.integers(0, 2000), some.integers(0, 255)), min_size=1, max_size=30), some.data())
@settings(max_examples=100_000, deadline=None)
def test_damaged_packages_never_surprise_in_the_long_run(damage: list[tuple[int, int]], data: some.DataObject) -> None:
    prove_refusal_or_package(damaged(damage, cut=data.draw(some.integers(0, 400))))


@pytest.mark.promise("X4")
@pytest.mark.soak
@given(some.binary(max_size=400))
@settings(max_examples=100_000, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"PK\x05\x06"):
        prove_refusal_or_package(start + data)


def damaged(damage: list[tuple[int, int]], *, cut: int) -> bytes:
    """A sound package with some bytes changed, and some cut off at the end."""
    packed = bytearray(to_zip(PACKAGE))
    for place, byte in damage:
        packed[place % len(packed)] = byte
    return bytes(packed[: len(packed) - cut])


def prove_refusal_or_package(data: bytes) -> None:
    try:
        to_package(read_upload([("", data)]))
    except FlowError as error:
        assert error.code  # noqa: PT017 - any refusal of ours is a good answer


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Banking Assistant", "Banking Assistant"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j"),
        ("x\r\nSet-Cookie: a", "x__Set-Cookie_ a"),
        ("...", "flow"),
        ("İade süreci", "İade süreci"),
    ],
)
def test_names_of_files_are_harmless(name: str, stem: str) -> None:
    assert file_stem(name) == stem
