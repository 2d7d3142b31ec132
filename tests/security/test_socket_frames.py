"""Hostile frames: each ends its own socket or gets an error; nobody else notices, and memory stays bounded (D8)."""

import json
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow_runtime.errors import Json
from tests.faults.server_process import ServerProcess
from tests.security.memory import resident_bytes
from tests.security.raw_socket import BINARY, CLOSE, HELLO, PING, RawSocket, frame

MIB = 1 << 20
BOMB = zlib.compressobj(9, wbits=-15)
DEFLATED = BOMB.compress(bytes(64 * MIB)) + BOMB.flush()

# What the socket is closed with; None is a connection that just ends.
FATAL: dict[str, tuple[list[bytes], set[int | None]]] = {
    "a byte too many": ([frame(b'"' + b"a" * (MIB - 1) + b'"')], {1009}),
    "sixteen mebibytes": ([frame(b"a" * 16 * MIB)], {1009, None}),
    "a length of 2^40": ([frame(b"a", claimed=1 << 40)], {1009, 1002}),
    "a length of 2^63": ([frame(b"a", claimed=1 << 63)], {1009, 1002}),
    "fragments that add up": ([frame(b"a" * MIB, fin=False), frame(b"a" * MIB, 0)], {1009}),
    "thousands of fragments": ([frame(b"a", fin=False), *[frame(b"a" * 1024, 0, fin=False)] * 1100], {1009}),
    "a deflate bomb": ([frame(DEFLATED, rsv=4)], {1002}),
    "text that is no UTF-8": ([frame(b'{"id":"\xff\xfe"}')], {1007}),
    "half a character": ([frame(b"\xe2\x82")], {1007}),
    "a surrogate in UTF-8": ([frame(b'"\xed\xa0\x80"')], {1007}),
    "an overlong slash": ([frame(b'"\xc0\xaf"')], {1007}),
    "a binary frame": ([frame(HELLO, BINARY)], {1003}),
    "an unmasked frame": ([frame(HELLO, masked=False)], {1002}),
    "a reserved opcode": ([frame(b"", 3)], {1002}),
    "a reserved control opcode": ([frame(b"", 11)], {1002}),
    "a reserved bit": ([frame(HELLO, rsv=2)], {1002}),
    "a long ping": ([frame(b"a" * 126, PING)], {1002}),
    "a ping in fragments": ([frame(b"a", PING, fin=False)], {1002}),
    "a continuation of nothing": ([frame(b"a", 0)], {1002}),
    "a message inside a message": ([frame(b"a", fin=False), frame(b"b")], {1002}),
    "a close of one byte": ([frame(b"\x03", CLOSE)], {1002}),
    "a close with a forbidden code": ([frame(b"\x03\xed", CLOSE)], {1002}),
    "a close with bad text": ([frame(b"\x03\xe8\xff", CLOSE)], {1002, 1007}),
    "a wrong token": ([frame(b'{"id":"1","type":"hello","token":"no"}')], {4401}),
    "a wrong ticket": ([frame(b'{"id":"1","type":"hello","ticket":"no"}')], {4401}),
}


def command(kind: str, **fields: Json) -> str:
    return json.dumps({"id": "c1", "type": kind, **fields})


ANSWERED: dict[str, tuple[str, set[str]]] = {
    "a hundred thousand lists": ("[" * 100_000, {"json_too_deep", "invalid_json"}),
    "a hundred thousand objects": ('{"a":' * 100_000, {"json_too_deep", "invalid_json"}),
    "65 lists in a command": (command("ping")[:-1] + ',"x":' + "[" * 65 + "]" * 65 + "}", {"json_too_deep"}),
    "nothing": ("", {"invalid_json"}),
    "no JSON": ("hello", {"invalid_json"}),
    "not a number": ('{"id":"c1","type":"ping","x":NaN}', {"invalid_json"}),
    "infinity": ('{"id":"c1","type":"ping","x":1e999}', {"invalid_json", "invalid_command", "invalid_number"}),
    "half a surrogate pair": ('{"id":"c1","type":"\\ud800"}', {"invalid_json", "invalid_text", "unknown_type"}),
    "null": ("null", {"unknown_type", "invalid_command"}),
    "a list": ("[]", {"unknown_type", "invalid_command"}),
    "a text": ('"ping"', {"unknown_type", "invalid_command"}),
    "an unknown type": (command("eval", code="1"), {"unknown_type"}),
    "no type": ('{"id":"c1"}', {"unknown_type"}),
    "a type that is a list": ('{"id":"c1","type":["ping"]}', {"unknown_type", "invalid_command"}),
    "a dangerous type": (command("__proto__"), {"unknown_type"}),
    "another one": (command("constructor"), {"unknown_type"}),
    "no id": ('{"type":"ping"}', {"invalid_command"}),
    "a number as id": ('{"id":1,"type":"ping"}', {"invalid_command"}),
    "an endless id": (json.dumps({"id": "a" * 65, "type": "ping"}), {"invalid_command"}),
    "one field too many": (command("ping", admin=True), {"invalid_command"}),
    "a dangerous field": ('{"id":"c1","type":"ping","__proto__":{"admin":true}}', {"invalid_command"}),
    "a second hello": (HELLO.decode(), {"already_signed_in"}),
    "an unknown conversation": (command("conversation.open", conversationId="../../etc"), {"not_found"}),
    "a negative seq": (command("conversation.open", conversationId="x", afterSeq=-1), {"invalid_command"}),
    "a huge seq": (command("conversation.open", conversationId="x", afterSeq=10**30), {"invalid_json"}),
    "true as a seq": (command("conversation.open", conversationId="x", afterSeq=True), {"invalid_command"}),
    "neither conversation nor peer": (command("conversation.open"), {"invalid_command"}),
    "an unknown interrupt": (command("interrupt.resume", interruptId="x", resolution={}), {"not_found"}),
    "an unknown lease": (
        command("clientTool.result", interruptId="x", lease="x", toolResult={}),
        {"not_found"},
    ),
    "a zero byte in an id": (command("conversation.open", conversationId="\0"), {"invalid_json"}),
}


@pytest.fixture
def neighbour(server: ServerProcess) -> Iterator[RawSocket]:
    """Somebody else's socket, which is well before and after."""
    with RawSocket(server.port) as socket:
        assert socket.hello()["type"] == "ack"
        yield socket
        socket.send(frame(command("ping").encode()))
        answer = socket.receive()
        assert isinstance(answer, dict)
        assert answer["type"] == "ack"


@pytest.mark.promise("D8")
@pytest.mark.parametrize("name", FATAL)
def test_frames_that_break_the_rules_end_their_own_socket(
    server: ServerProcess, neighbour: RawSocket, name: str
) -> None:
    frames, codes = FATAL[name]
    memory = resident_bytes(server)
    with RawSocket(server.port) as socket:
        socket.send(*frames)
        answer = socket.receive()
        while isinstance(answer, dict):
            answer = socket.receive()
        assert answer in codes
    assert resident_bytes(server) < memory + 48 * MIB


@pytest.mark.promise("D8")
@pytest.mark.parametrize("name", ANSWERED)
def test_frames_that_make_no_sense_get_an_error(server: ServerProcess, neighbour: RawSocket, name: str) -> None:
    text, codes = ANSWERED[name]
    with RawSocket(server.port) as socket:
        socket.hello()
        socket.send(frame(text.encode(errors="surrogatepass")))
        answer = socket.receive()
        assert isinstance(answer, dict), answer
        assert (answer["type"], answer["code"] in codes) == ("error", True), answer
        assert_lives(socket)


@pytest.mark.parametrize("kind", ["conversation.open", "message.send", "interrupt.resume", "ping", "turn.stop"])
def test_nothing_is_done_before_hello(server: ServerProcess, kind: str) -> None:
    fields = {"conversationId": "x", "clientMessageId": "m", "content": "hi", "interruptId": "x", "resolution": {}}
    wanted = {"conversation.open": 1, "message.send": 3, "turn.stop": 1}
    some = dict(list(fields.items())[: wanted.get(kind, 0)])
    if kind == "interrupt.resume":
        some = {"interruptId": "x", "resolution": {"decision": "approve"}}
    with RawSocket(server.port) as socket:
        socket.send(frame(command(kind, **some).encode()))
        answer = socket.receive()
        assert isinstance(answer, dict)
        assert (answer["type"], answer["code"]) == ("error", "not_signed_in")
        assert socket.hello()["type"] == "ack"


def test_compression_is_not_agreed_to(server: ServerProcess) -> None:
    with RawSocket(server.port, headers={"Sec-WebSocket-Extensions": "permessage-deflate"}) as socket:
        assert socket.status == 101
        assert "sec-websocket-extensions" not in socket.headers


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KINDS = ["hello", "conversation.open", "message.send", "message.edit", "branch.select", "action.run", "turn.steer"]
KINDS += ["interrupt.resume", "interrupt.withdraw", "form.draft", "widget.action", "clientTool.result", "typing", "x"]
NAMES = ["conversationId", "content", "interruptId", "resolution", "values", "rev", "parentId", "peerId", "__proto__"]
COMMANDS = st.builds(
    lambda kind, fields: json.dumps({"id": "c1", "type": kind, **fields}),
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(NAMES), JSON_VALUES, max_size=5),
)


def send_anything(server: ServerProcess, examples: int, of: st.SearchStrategy[bytes]) -> None:
    with RawSocket(server.port) as socket:
        socket.hello()

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(of)
        def send(data: bytes) -> None:
            socket.send(frame(data))
            answer = socket.receive()
            assert isinstance(answer, dict), answer
            assert answer["type"] in {"ack", "error"}
            assert answer.get("code") != "internal", answer

        send()
        assert_lives(socket)


@pytest.mark.parametrize("what", [COMMANDS, JSON_VALUES.map(json.dumps), st.text(max_size=200)], ids=["1", "2", "3"])
def test_any_text_is_answered(server: ServerProcess, what: st.SearchStrategy[str]) -> None:
    send_anything(server, 100, what.map(encoded))


@pytest.mark.promise("D8")
@pytest.mark.soak
@pytest.mark.parametrize("what", [COMMANDS, JSON_VALUES.map(json.dumps), st.text(max_size=200)], ids=["1", "2", "3"])
def test_much_of_any_text_is_answered(server: ServerProcess, what: st.SearchStrategy[str]) -> None:
    send_anything(server, 10_000, what.map(encoded))


encoded: Callable[[str], bytes] = lambda text: text.encode(errors="replace")  # noqa: E731 - a step of a strategy


def assert_lives(socket: RawSocket) -> None:
    socket.send(frame(command("ping").encode()))
    answer = socket.receive()
    assert isinstance(answer, dict)
    assert answer["type"] == "ack"
