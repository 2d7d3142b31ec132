"""Mail to people: an invitation, a link to set a password, a word that something was shared. Plain text, no images."""

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from peer_server.settings import Settings

if TYPE_CHECKING:
    from email.message import EmailMessage

log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 20.0
_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person."""

    to: str
    subject: str
    text: str


class Mailer:
    """Sends letters through the configured server; without one nothing is sent, and links are shown to who asked."""

    def __init__(self, settings: Settings) -> None:
        configured = settings.smtp_url
        self._url = urlsplit(configured.get_secret_value()) if configured else None
        self._tasks: set[asyncio.Task[bool]] = set()
        host = urlsplit(settings.base_url).hostname or "localhost"
        self._sender = settings.mail_from or f"peer-server@{host}"

    @property
    def is_on(self) -> bool:
        """Whether mail can be sent."""
        return self._url is not None

    def post(self, letter: Letter) -> None:
        """Send it in the background: nobody waits, and nobody is told whether it arrived."""
        task = asyncio.get_running_loop().create_task(self.send(letter))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def send(self, letter: Letter) -> bool:
        """Send it, in a thread. False if there is no server, or if it did not take the letter; the log says why."""
        if self._url is None:
            return False
        return await asyncio.to_thread(_deliver, self._url, letter, sender=self._sender)


def _deliver(url: SplitResult, letter: Letter, *, sender: str) -> bool:
    import smtplib  # noqa: PLC0415 - start-up budget: the first letter pays
    import ssl  # noqa: PLC0415 - as above

    port, host = url.port or _PORTS[url.scheme], url.hostname or ""
    context = ssl.create_default_context()
    try:
        server = (
            smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
            if url.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
        )
        with server:
            server.ehlo()
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(_message(letter, sender=sender))
    except OSError as error:
        # Not the words of the server: some repeat what it was told, in the clear or in Base64.
        reason = getattr(error, "smtp_code", "") if isinstance(error, smtplib.SMTPException) else error
        log.warning("a letter could not be sent: %s %s", type(error).__name__, reason)
        return False
    return True


def _message(letter: Letter, *, sender: str) -> "EmailMessage":
    from email.message import EmailMessage  # noqa: PLC0415 - as above
    from email.utils import formatdate, make_msgid  # noqa: PLC0415 - as above

    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message.set_content(letter.text)
    return message
