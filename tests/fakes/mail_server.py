"""An SMTP server that keeps what it gets. It speaks just enough for `smtplib`."""

import socketserver
import threading
from base64 import b64decode
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self


class MailServer:
    """Listens on a free port while it is entered; `letters` holds what came.

    One that is `careless` wants a password, never takes it, and repeats it in its refusal; `sign_ins` holds those.
    """

    def __init__(self, *, refuses: bool = False, careless: bool = False) -> None:
        self.letters: list[EmailMessage] = []
        self.sign_ins: list[str] = []
        letters, sign_ins = self.letters, self.sign_ins

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 test")
                for line in iter(self.rfile.readline, b""):
                    verb = line.strip().upper()
                    if verb == b"DATA" and not refuses:
                        self.say("354 go on")
                        lines = list(iter(self.rfile.readline, b".\r\n"))
                        letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
                    if verb.startswith(b"EHLO") and careless:
                        self.say("250-test")
                        self.say("250 AUTH PLAIN")
                        continue
                    if verb.startswith(b"AUTH"):
                        sign_ins.append(line.decode().split()[-1])
                        self.say(f"535 {b64decode(sign_ins[-1]).decode()!r} is wrong, as {sign_ins[-1]}")
                        continue
                    if verb == b"QUIT":
                        self.say("221 bye")
                        return
                    self.say("554 no" if refuses and verb.startswith(b"MAIL") else "250 ok")

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        """The setting that names this server."""
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
