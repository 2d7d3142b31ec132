"""A WebSocket client that may break every rule: it writes the bytes of frames itself."""

import base64
import json
import os
import socket
import struct
from typing import Any, Self

from tests.faults.server_process import TOKEN

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
HELLO = json.dumps({"id": "hello", "type": "hello", "token": TOKEN}).encode()


def frame(
    payload: bytes,
    opcode: int = TEXT,
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    claimed: int | None = None,
) -> bytes:
    """One frame. `claimed` is the length that it pretends to have."""
    length = len(payload) if claimed is None else claimed
    mask_bit = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if length < 126:
        head += bytes([mask_bit | length])
    elif length < 1 << 16:
        head += bytes([mask_bit | 126]) + struct.pack("!H", length)
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", length)
    return head + (b"\0\0\0\0" if masked else b"") + payload  # A mask of zeros leaves the payload as it is.


class RawSocket:
    """`with RawSocket(port) as raw`: an upgraded connection."""

    def __init__(self, port: int, *, headers: dict[str, str] | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        fields = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "peer-server.v1",
            **(headers or {}),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._socket.sendall(f"GET /v1/ws HTTP/1.1\r\n{lines}\r\n".encode())
        self._reader = self._socket.makefile("rb")
        self.status = int(self._reader.readline().split()[1])
        self.headers: dict[str, str] = {}
        while (line := self._reader.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._socket.close()

    def send(self, *frames: bytes) -> None:
        """Write these bytes; a server that has hung up meanwhile is no error."""
        try:
            for data in frames:
                self._socket.sendall(data)
        except OSError:
            return

    def hello(self) -> dict[str, Any]:
        """Sign in."""
        self.send(frame(HELLO))
        answer = self.receive()
        assert isinstance(answer, dict)
        return answer

    def receive(self) -> dict[str, Any] | int | None:
        """The next ack or error, the code of a close frame, or None when the connection has ended without one."""
        try:
            while head := self._reader.read(2):
                length = head[1] & 0x7F
                if length >= 126:
                    length = int.from_bytes(self._reader.read(2 if length == 126 else 8))
                payload = self._reader.read(length)
                match head[0] & 0x0F:
                    case 1:
                        found: dict[str, Any] = json.loads(payload)
                        if found["type"] in {"ack", "error"}:
                            return found
                    case 9:
                        self.send(frame(payload, PONG))
                    case 8:
                        return int.from_bytes(payload[:2])
        except ConnectionError:
            return None
        return None
